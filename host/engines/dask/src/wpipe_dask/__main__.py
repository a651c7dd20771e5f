"""`wpipe-dask`: runs a pipeline on a Dask cluster."""

from __future__ import annotations

import argparse
import sys

from distributed import Client, LocalCluster

from .run import RunFailed, run


def main() -> int:
    words = sys.argv[1:]
    own, flags = (words[: words.index("--")], words[words.index("--") + 1 :]) if "--" in words else (words, [])
    usage = "wpipe-dask [options] [manifest] [-- flags of `wpipe tasks`, such as --slices 8]"
    parser = argparse.ArgumentParser(prog="wpipe-dask", description=__doc__, usage=usage)
    parser.add_argument("manifest", nargs="?", default="pipeline.toml", help="the manifest")
    cluster = parser.add_mutually_exclusive_group()
    cluster.add_argument("--scheduler", metavar="ADDRESS", help="the scheduler of a cluster")
    cluster.add_argument("--workers", type=int, default=2, metavar="N", help="workers of a cluster on this machine")
    parser.add_argument("--run-store", metavar="STORE", help="the store of runs; by default that of WPIPE_RUN_STORE")
    parser.add_argument("--name", help="the name of the run; one that has begun goes on")
    parser.add_argument("--retries", type=int, default=2, metavar="N", help="more attempts than nodes say")
    parser.add_argument("--memory", metavar="RESOURCE", help="the resource that limits on memory are taken from")
    parser.add_argument("--program", default="wpipe", help="the command on the workers")
    parser.add_argument("--quiet", action="store_true", help="tell errors only")
    arguments = parser.parse_args(own)

    def progress(task: str, done: int, total: int) -> None:
        if not arguments.quiet:
            print(f"{done} of {total} tasks: {task}", file=sys.stderr, flush=True)

    with client_of(arguments) as client:
        try:
            name = run(
                client,
                arguments.manifest,
                name=arguments.name,
                run_store=arguments.run_store,
                flags=flags,
                retries=arguments.retries,
                memory=arguments.memory,
                program=arguments.program,
                progress=progress,
            )
        except ValueError as error:
            print(error, file=sys.stderr)
            return 2
        except RunFailed as error:
            print(f"error: {error}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            return 130
    if not arguments.quiet:
        print(f"run `{name}` is complete", file=sys.stderr)
    return 0


def client_of(arguments: argparse.Namespace) -> Client:
    """Connects to the scheduler, or begins a cluster of single-threaded workers here."""
    if arguments.scheduler is not None:
        return Client(arguments.scheduler)
    cluster = LocalCluster(n_workers=arguments.workers, threads_per_worker=1, dashboard_address=None)
    return Client(cluster)


if __name__ == "__main__":
    sys.exit(main())
