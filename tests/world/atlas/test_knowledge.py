"""Exact answers from tables, and silence where there is none."""

import pytest

from genevolve.world.atlas.countries import by_code
from genevolve.world.atlas.knowledge import AtlasKnowledge

KNOWLEDGE = AtlasKnowledge()


@pytest.mark.parametrize(
    ("of", "code"),
    [
        ("Chad", "TD"),
        ("the Ivory Coast", "CI"),
        ("Côte d’Ivoire", "CI"),
        ("cote d'ivoire", "CI"),
        ("the USA", "US"),
        ("Burkinabé", "BF"),
        ("Dutch", "NL"),
        ("Georgia", "GE"),
        ("the country of Chad", "TD"),
        ("the country whose capital is Ouagadougou", "BF"),
        ("the country with the capital city Ouagadougou", "BF"),
        ("country that has Ouagadougou as its capital", "BF"),
        ("the country Ouagadougou is the capital of", "BF"),
        ("the nation governed from Lima", "PE"),
        ("the West African country whose capital is Ouagadougou", "BF"),
        ("the country in Africa whose capital is Lomé", "TG"),
        ("the country whose capital is Lome, in Africa", "TG"),
        ("the country whose capital is Washington, D.C.", "US"),
        ("the country whose capital is Kingston", "JM"),
        ("the country whose capital is Malabo", "GQ"),
        ("the country with internet domain .td", "TD"),
        ("the country whose top-level domain is .is", "IS"),
        ("the country whose websites end in .it", "IT"),
        ("the country that uses the domain .bf", "BF"),
        ("the country whose ISO code is KAZ", "KZ"),
        ("the country with the ISO 3166-1 alpha-2 code IS", "IS"),
        ("the country with the ISO code BHS", "BS"),
        ("the country whose currency is the tugrik", "MN"),
        ("the country whose official currency is the Mongolian tugrik", "MN"),
        ("the country sharing a border only with France and Spain", "AD"),
        ("the country where people pay with the zloty", "PL"),
        ("the country using the baht", "TH"),
        ("the country whose currency code is KZT", "KZ"),
        ("the country with the telephone code +226", "BF"),
        ("the country you reach by dialling +976", "MN"),
        ("the country bordering only Senegal", "GM"),
        ("the country bordering Lesotho", "ZA"),
        ("the country whose only neighbours are France and Spain", "AD"),
        ("the country completely surrounded by South Africa", "LS"),
        ("the country that borders Bosnia and Herzegovina, Serbia, Slovenia, Montenegro and Hungary", "HR"),
        ("the country that borders only the country whose capital is Dakar", "GM"),
        ("the country where the Kaaba stands", "SA"),
        ("the country that is home to the Eiffel Tower", "FR"),
    ],
)
def test_the_flag_of(of: str, code: str) -> None:
    assert KNOWLEDGE.looks("flag", of) == (f"openmoji:{by_code()[code].flag}",)


@pytest.mark.parametrize(
    "of",
    [
        "",
        "Congo",
        "Congolese",
        "Narnia",
        "my grandmother",
        "the country",
        "the country whose capital is not Lima",
        "the country whose capital is Atlantis",
        "the country with the most beautiful beaches",
        "the country whose currency is the dollar",
        "the country that borders only Italy",  # San Marino and Vatican City
        "the country bordering both Chad and Nigeria",  # Cameroon and Niger
        "the Asian country whose capital is Lima",
        "every country whose capital is Lima",
        "the country whose capital is Lima or Paris",
        "x" * 5000,
        "the country " * 500,
    ],
)
def test_no_flag_is_guessed(of: str) -> None:
    assert KNOWLEDGE.looks("flag", of) == ()


@pytest.mark.parametrize(
    ("noun", "of", "hexcode"),
    [
        ("dog", "", "1F415"),
        ("dogs", "", "1F415"),
        ("Burkina Faso flag", "", "1F1E7-1F1EB"),
        ("Chad's flag", "", "1F1F9-1F1E9"),
        ("national flag", "Scotland", "1F3F4-E0067-E0062-E0073-E0063-E0074-E007F"),
        ("flag", "the US state whose capital is Sacramento", "1F3F4-E0075-E0073-E0063-E0061-E007F"),
        ("flag", "the state whose capital is Austin", "1F3F4-E0075-E0073-E0074-E0078-E007F"),
        ("flag", "the European Union", "1F1EA-1F1FA"),
        ("animal", "the Chinese zodiac for the year 1987", "1F407"),
        ("animal", "that stands for 2000 in the Chinese calendar", "1F409"),
        ("sign", "someone born on August 5", "264C"),
        ("zodiac sign", "a person born on the 29th of February", "2653"),
        ("zodiac sign", "January 1", "2651"),
        ("statue", "that stands on Easter Island", "1F5FF"),
        ("tower", "Tokyo", "1F5FC"),
        ("Eiffel Tower", "", "E205"),
        ("tallest animal", "", "1F992"),
        ("symbol", "Judaism", "2721"),
        ("white chess king", "", "2654"),
        ("piñata", "", "1FA85"),
        ("apple logo", "", "F8FF"),
    ],
)
def test_looks(noun: str, of: str, hexcode: str) -> None:
    assert KNOWLEDGE.looks(noun, of)[0] == f"openmoji:{hexcode}"


@pytest.mark.parametrize(
    ("noun", "of"),
    [("bench", ""), ("Chad", ""), ("", ""), ("dog", "Lima"), ("animal", "the year 1987"), ("sign", "somebody of May 45")],
)
def test_no_look_is_guessed(noun: str, of: str) -> None:
    assert KNOWLEDGE.looks(noun, of) == ()


@pytest.mark.parametrize(
    ("describes", "text"),
    [
        ("the name of the capital of Mongolia", "Ulaanbaatar"),
        ("the capital city of Mongolia", "Ulaanbaatar"),
        ("Mongolia’s capital", "Ulaanbaatar"),
        ("the name of Peru's capital", "Lima"),
        ("the Seychelles' capital", "Victoria"),
        ("the Mongolian capital", "Ulaanbaatar"),
        ("the capital of the country whose internet domain is .td", "N'Djamena"),
        ("the capital of Georgia", "Tbilisi"),
        ("the capital of the US state of Georgia", "Atlanta"),
        ("the name of the capital of Ohio in the USA", "Columbus"),
        ("the currency code of Japan", "JPY"),
        ("the three-letter code of the currency of Chad", "XAF"),
        ("the currency of Japan", "Yen"),
        ("the three-letter ISO code of Chad", "TCD"),
        ("Chad's three-letter country code", "TCD"),
        ("the ISO code of Chad", "TD"),
        ("the internet domain of the United Kingdom", ".uk"),
        ("the telephone code of Chad", "+235"),
        ("the chemical symbol of gold", "Au"),
        ("the symbol that chemists use for tin", "Sn"),
        ("the name of the element with the symbol In", "Indium"),
        ("the name of element number 74 of the periodic table", "Tungsten"),
        ("the name of the country whose capital is Lima", "Peru"),
        ("the name of the star sign for 5 August", "Leo"),
        ("the postal code of Texas", "TX"),
    ],
)
def test_wording(describes: str, text: str) -> None:
    assert KNOWLEDGE.wording(describes) == text


@pytest.mark.parametrize(
    "describes",
    ["", "its capital", "the country's name", "Mongolia", "happy birthday", "the word for love in French",
     "the capital of Congo",
     "the capital of the country that borders only Italy", "the chemical symbol of Chad", "the capital of gold",
     "the name of my dog", "the element with the symbol Zz", "the capital of " * 300],
)  # fmt: skip
def test_no_wording_is_guessed(describes: str) -> None:
    assert KNOWLEDGE.wording(describes) is None
