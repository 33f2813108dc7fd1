"""The systems that can be synced; each is one module, or one package."""
