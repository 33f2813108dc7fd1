"""The client of Azure DevOps: JSON stops here. Nouns of `model` come out, drafts go in."""
