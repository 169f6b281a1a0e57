"""The pixel judge: OCR, detection and measures on the rendered pixels, against the request's checkable claims."""

from genevolve.world.pixel.judge import PixelJudge

__all__ = ["PixelJudge"]
