"""The three tools of the paper: what an episode has unless its profile says otherwise, and what recorded text is read with."""

from genevolve.core.tool import Toolbox
from genevolve.tools.image_search import IMAGE_SEARCH
from genevolve.tools.search import SEARCH
from genevolve.tools.skills import query_knowledge, shipped

STANDARD = Toolbox((SEARCH, IMAGE_SEARCH, query_knowledge(shipped())))
RECORDED = Toolbox(STANDARD.tools, lenient=True)  # for what may have been recorded with other tools, too
