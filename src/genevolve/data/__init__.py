"""Training and test data: recipes, the requests and claims made from them, and their ground truth."""
