"""Servers that sample in the place of the model in training, from the recipe that names them."""

from typing import TYPE_CHECKING

from genevolve.store.images import ImageStore

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from genevolve.policies.local.model import LoadedModel
    from genevolve.policies.served.engine import ServedEngine
    from genevolve.train.published import PublishedWeights
    from genevolve.train.ranks import Ranks
    from genevolve.train.recipe import Recipe


def published(recipe: "Recipe", loaded: "LoadedModel", folder: "Path", ranks: "Ranks") -> "PublishedWeights | None":
    """The weights in training as files below ``folder``, where servers sample."""
    from genevolve.train.published import PublishedWeights

    if recipe.evolve.servers:
        return PublishedWeights(loaded, folder / "served", ranks)
    return None


async def served_engine(
    recipe: "Recipe",
    loaded: "LoadedModel",
    images: ImageStore,
    weights: "PublishedWeights",
    client: "httpx.AsyncClient",
    ranks: "Ranks",
) -> "ServedEngine":
    """The engine of the servers that the recipe names. Raises ``UsageError`` for what they cannot do, ``ServiceError``."""
    from genevolve.policies.local.build import stops_of
    from genevolve.policies.local.template import ChatTemplate
    from genevolve.policies.served.engine import ServedEngine
    from genevolve.policies.served.pictures import Pictures
    from genevolve.policies.served.server import Server
    from genevolve.policies.served.servers import ServerPool
    from genevolve.policies.served.settled import settled, shown

    chosen, stops = recipe.evolve, stops_of(loaded)
    servers = [Server(address, client=client) for address in chosen.servers]
    sees = loaded.vision and chosen.show_images > 0
    rank = max(one.r for one in loaded.model.peft_config.values()) if weights.adapter else None
    name = chosen.server_model or loaded.name
    files = str(weights.folder)
    wire = await settled(servers, name, stops, sees=sees, rank=rank, folder=files, top_p=chosen.top_p if chosen.ahead else 1.0)
    pictures = None
    if sees and loaded.processor is not None:
        pictures = Pictures(loaded.processor.image_processor, images, int(loaded.model.config.image_token_id))
        await shown(servers, wire, stops, ChatTemplate(loaded.tokenizer, loaded.processor), pictures)
    pool = ServerPool(servers, patience=chosen.server_patience * 60, first=ranks.index)
    return ServedEngine(wire, pool, stops, weights=weights, pictures=pictures)
