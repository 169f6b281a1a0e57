"""The model in training on vLLM or SGLang servers."""
