"""The image judge that looks at pixels: claims and an image in, a score out.

``judge`` is the whole way: ``derive_claims`` (of a free request), ``ocr``, ``proposals`` → ``match`` → ``detect``, ``assign``,
then ``checks`` and ``layout`` give verdicts and ``grading`` the four dimensions.
"""

from genevolve.world.pixel.judge import PixelJudge

__all__ = ["PixelJudge"]
