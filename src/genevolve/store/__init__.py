"""What is kept on disk: images by digest, and journals of events."""
