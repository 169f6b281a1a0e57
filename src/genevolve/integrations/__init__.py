"""GenEvolve inside the trainers of others. A module needs the package that it is named after."""
