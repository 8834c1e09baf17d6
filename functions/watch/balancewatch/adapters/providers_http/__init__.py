"""The providers over HTTP: one request an account, hostile servers expected."""

from balancewatch.adapters.providers_http.client import Policy, ProvidersHttp

__all__ = ["Policy", "ProvidersHttp"]
