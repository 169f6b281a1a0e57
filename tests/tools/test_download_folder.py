"""IMAGE_DOWNLOAD_DIR: where the images that searches found are kept between runs."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from genevolve.app.environment import cache_folders
from genevolve.core.errors import ServiceError
from genevolve.core.picture import Picture
from genevolve.store.images import ImageStore
from genevolve.tools.cache import CachedImageSearch, CacheMode, SearchCache
from tests.conftest import png


class Web:
    """An image search that downloads into the store of its run and counts how often it is asked."""

    def __init__(self, images: ImageStore) -> None:
        self.images = images
        self.asked = 0

    async def search_images(self, query: str, top_k: int) -> Sequence[Picture]:
        self.asked += 1
        return [Picture(title=query, digest=self.images.put(png()), source="web")]


def search(run: Path, cache: SearchCache, mode: CacheMode = CacheMode.READ) -> tuple[Picture, int]:
    web = Web(ImageStore(run / "images"))
    cached = CachedImageSearch(web, cache, mode=mode, identity={"provider": "web"}, images=web.images)
    (picture,) = asyncio.run(cached.search_images("a flag", 1))
    assert web.images.load(picture.digest), "a run holds its own images, whatever the cache does"
    return picture, web.asked


def test_the_variable_is_a_place_for_images_only(tmp_path: Path) -> None:
    environ = {"GENEVOLVE_HOME": str(tmp_path / "home"), "IMAGE_DOWNLOAD_DIR": str(tmp_path / "big-disk")}
    assert cache_folders(environ, None) == (tmp_path / "home" / "search-cache", tmp_path / "big-disk")


def test_a_folder_of_the_profile_holds_both(tmp_path: Path) -> None:
    environ = {"GENEVOLVE_HOME": str(tmp_path), "IMAGE_DOWNLOAD_DIR": "elsewhere"}
    assert cache_folders(environ, str(tmp_path / "kept")) == (tmp_path / "kept", tmp_path / "kept" / "images")


def test_downloads_lie_there_and_serve_the_next_run(tmp_path: Path) -> None:
    cache = SearchCache(folder=tmp_path / "cache", images_folder=tmp_path / "downloads")
    picture, asked = search(tmp_path / "first", cache)
    assert asked == 1 and (tmp_path / "downloads" / f"{picture.digest}.png").is_file()
    assert not (tmp_path / "cache" / "images").exists()
    assert search(tmp_path / "second", cache) == (picture, 0)


def test_what_was_downloaded_before_the_variable_was_set_is_still_found(tmp_path: Path) -> None:
    picture, _ = search(tmp_path / "first", SearchCache(folder=tmp_path / "cache"))
    moved = SearchCache(folder=tmp_path / "cache", images_folder=tmp_path / "downloads")
    assert search(tmp_path / "second", moved, CacheMode.REPLAY) == (picture, 0)


def test_an_image_that_is_gone_is_asked_for_again_or_said(tmp_path: Path) -> None:
    cache = SearchCache(folder=tmp_path / "cache", images_folder=tmp_path / "downloads")
    picture, _ = search(tmp_path / "first", cache)
    (tmp_path / "downloads" / f"{picture.digest}.png").unlink()
    with pytest.raises(ServiceError, match="replay"):
        search(tmp_path / "second", cache, CacheMode.REPLAY)
    assert search(tmp_path / "third", cache) == (picture, 1)
