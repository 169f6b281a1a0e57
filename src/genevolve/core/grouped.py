"""Settings that belong together and travel as one value, however flat the user writes them."""


class Grouped:
    """The base of a frozen dataclass of settings that a component takes as one value.

    A component says ``endpoint: Endpoint = Endpoint(temperature=0.0)``: its user writes the fields among its other settings
    (``temperature`` in ``[image_judge]``), and the value of that parameter holds what they are where nothing is written.
    """

    __slots__ = ()
