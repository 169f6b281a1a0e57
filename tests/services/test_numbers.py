"""Settings that are limits: what is no number, or has no end, limits nothing and is refused by name."""

from pathlib import Path

import pytest

from genevolve.app.profile import load_profile
from genevolve.app.registry import Context, build
from genevolve.core.errors import UsageError
from genevolve.core.limit import finite
from genevolve.services.endpoint import ChatSettings
from genevolve.services.prices import Price
from genevolve.store.images import ImageStore
from genevolve.tools.fetch import FetchLimits


def profile(folder: Path, text: str) -> str:
    path = folder / "mine.toml"
    path.write_text(f'extends = "offline"\n{text}', encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "-1"])
@pytest.mark.parametrize(
    ("table", "setting"),
    [
        ("fetch", "timeout"),
        ("limits.generator", "budget_money"),
        ("limits.policy", "max_retry_after"),
        ("limits.search", "requests_per_minute"),
    ],
)
def test_profiles_take_no_limit_without_an_end(tmp_path: Path, table: str, setting: str, value: str) -> None:
    with pytest.raises(UsageError, match=rf"profile .*mine\.toml: {table.partition('.')[0]}.*{setting}"):
        load_profile(profile(tmp_path, f"[{table}]\n{setting} = {value}\n"))


@pytest.mark.parametrize("value", ["nan", "inf"])
@pytest.mark.parametrize("setting", ["timeout", "price"])
def test_members_take_none_either(tmp_path: Path, setting: str, value: str) -> None:
    written = f"{{ per_image = {value} }}" if setting == "price" else value
    chosen = load_profile(
        profile(tmp_path, f'[generator]\nmember = "qwen_service"\nurls = ["http://x"]\n{setting} = {written}\n')
    )
    context = Context(home=tmp_path, images=ImageStore(tmp_path), environ={}, profile=chosen)
    with pytest.raises(UsageError, match=rf"generator\.{setting}"):
        build("generator", chosen, context)


@pytest.mark.parametrize(
    ("price", "told"),
    [
        ("{ input = 3.0 }", r"generator\.price\.input is not a setting; price takes prompt_per_million, "),
        ("{ per_image = -0.01 }", r"generator\.price.*per_image is -0\.01"),
        ("{ per_image = 1, per_images = 2 }", r"generator\.price\.per_images"),
        ("0.04", r"generator\.price"),
    ],
)
def test_a_price_that_would_count_nothing_is_refused(tmp_path: Path, price: str, told: str) -> None:
    chosen = load_profile(profile(tmp_path, f'[generator]\nmember = "qwen_service"\nurls = ["http://x"]\nprice = {price}\n'))
    context = Context(home=tmp_path, images=ImageStore(tmp_path), environ={}, profile=chosen)
    with pytest.raises(UsageError, match=told):
        build("generator", chosen, context)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1.0])
def test_values_from_python_are_checked_alike(value: float) -> None:
    with pytest.raises(UsageError, match="timeout"):
        ChatSettings(setting="policy", base_url="http://localhost/v1", model="m", timeout=value)
    with pytest.raises(UsageError, match=r"fetch\.max_pixels"):
        FetchLimits(max_pixels=value)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="per_call"):
        Price(per_call=value)
    with pytest.raises(UsageError, match="it must be"):
        finite("x", value, least=0)
