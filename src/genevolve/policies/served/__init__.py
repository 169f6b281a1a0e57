"""The model in training on servers: vLLM, or SGLang where its wire format allows."""
