"""The chat models of the data pipeline: who words recipes, and who judges lessons, where that is not done here."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from genevolve.data.audit import Auditor
from genevolve.data.build import Worder
from genevolve.data.folder import DataFolder
from genevolve.data.plan import Plan
from genevolve.data.prompts import REALISER


@asynccontextmanager
async def opened_worder(plan: Plan) -> AsyncIterator[tuple[Worder | None, str]]:
    """Who words recipes (None: the offline realiser) and what it is called in each row."""
    yield None, REALISER


@asynccontextmanager
async def opened_auditor(plan: Plan, folder: DataFolder) -> AsyncIterator[tuple[Auditor | None, str]]:
    """Who judges lessons (None: the offline rules) and what it is called in each row."""
    yield None, "rules"
