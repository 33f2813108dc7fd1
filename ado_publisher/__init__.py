"""A test report goes in, the truth about it stands in Azure DevOps Test Plans."""

__version__ = "0.1.0"
