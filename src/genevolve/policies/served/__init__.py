"""The model in training on vLLM servers."""
