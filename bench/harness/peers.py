"""Builds the peers that have toolchains of their own."""


def build_peers(build, results):
    pass
