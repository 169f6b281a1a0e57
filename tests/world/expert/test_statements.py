"""Values and subjects from documents that state properties one by one, in wordings that are not the document's."""

import pytest

from genevolve.core.event import TextHit
from genevolve.world.expert.statements import stated_subject, stated_value

SENEGAL = TextHit(
    title="Senegal",
    url="",
    snippet=(
        "Senegal is a country in Africa. The capital of Senegal is Dakar. The internet domain of Senegal is .sn. "
        "The ISO code of Senegal is SN, the three-letter ISO code is SEN. The currency of Senegal is the CFA Franc BCEAO, "
        "the currency code is XOF. Senegal borders Guinea and Mali. The telephone code is +221."
    ),
)
MONTANA = TextHit(
    title="Montana (US state)", url="", snippet="Montana is a state of the United States. The capital of Montana is Helena."
)
MALI = TextHit(
    title="Mali", url="", snippet="Mali is a country in Africa. The capital of Mali is Bamako. Mali borders Senegal."
)
DODO = TextHit(title="Dodo", url="", snippet="The dodo was a flightless bird of the island of Mauritius.")


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("the three-letter code of the currency of Senegal", "XOF"),
        ("the currency code of Senegal", "XOF"),
        ("Senegal's currency code", "XOF"),
        ("the three-letter country code of Senegal", "SEN"),
        ("the dialling code of Senegal", "+221"),
        ("the top-level internet domain of Senegal", ".sn"),
        ("the money of Senegal", "CFA Franc BCEAO"),
        ("the capital of Montana in the USA", "Helena"),
        ("the population of Senegal", None),
        ("the capital of France", None),
    ],
)
def test_values(question: str, value: str | None) -> None:
    assert stated_value(question, (MALI, SENEGAL, MONTANA)) == value


@pytest.mark.parametrize(
    ("description", "subject"),
    [
        ("the country you reach by dialling +221", "Senegal"),
        ("the nation governed from Dakar", "Senegal"),
        ("the country that has the ISO code SEN", "Senegal"),
        ("the country whose internet domain is .sn", "Senegal"),
        ("the country bordering Senegal", "Mali"),
        ("the extinct bird of Mauritius", "Dodo"),
        ("the country you reach by dialling +22", None),
        ("the country governed from Thimphu", None),
        ("the extinct mammal of Mauritius", None),
    ],
)
def test_subjects(description: str, subject: str | None) -> None:
    assert stated_subject(description, (SENEGAL, MALI, DODO)) == subject
