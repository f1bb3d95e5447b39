# SPDX-License-Identifier: EUPL-1.2
"""ops/demo: starts the alliance and plays the story."""
import argparse
import http.client
import os
import signal
import sys
import threading

import story
from partners import Partner
from stage import ADAPTERS, ROOT, Failed, Stage, free_base, port_is_free


def parse():
    parser = argparse.ArgumentParser(prog="ops/demo")
    parser.add_argument("--check", action="store_true",
                        help="stop after the story; exit 0 only if it went well")
    parser.add_argument("--dir", default=os.path.join(ROOT, "build", "demo"))
    parser.add_argument("--port", type=int, default=0,
                        help="broker on P, adapters on P+1 to P+4")
    parser.add_argument("--no-documents", action="store_true",
                        help="only start the alliance")
    parser.add_argument("--keep", action="store_true",
                        help="keep what an earlier run left in the folder")
    options = parser.parse_args()
    if options.port and not 1024 <= options.port <= 65535 - len(ADAPTERS):
        parser.error(f"--port is between 1024 and {65535 - len(ADAPTERS)}")
    return options


def introduce(stage):
    print(f"\nThe alliance runs in {stage.dir} (see demo.json there).")
    print(f"  broker       {stage.endpoint} (CURVE)")
    for adapter in stage.adapters.values():
        print(f"  {adapter.kind:<12} {adapter.url}/v1/openapi.json"
              f"   token in {adapter.kind}.tokens")


def prepare(options, partners):
    count = len(ADAPTERS) + 1
    base = options.port or free_base(count)
    for port in range(base, base + count):
        if not port_is_free(port):
            raise Failed(f"port {port} is taken; choose another --port")
    return Stage(options.dir, port=base, keep=options.keep,
                 targets={k: p.url for k, p in partners.items()},
                 settings=lambda folder: story.settings(partners, folder))


def run(options, stage, partners, ending):
    with stage:
        print("Starting the broker and four adapters ...", flush=True)
        stage.start()
        introduce(stage)
        if not options.no_documents:
            story.play(stage, partners)
        if not options.check:
            print("\nRunning until Ctrl-C.", flush=True)
            ending.wait()


def main():
    options = parse()
    ending = threading.Event()

    def end(*_):
        ending.set()
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    sys.stdout.reconfigure(line_buffering=True)
    try:
        partners = {kind: Partner(kind) for kind in story.KINDS}
        stage = prepare(options, partners)
    except KeyboardInterrupt:
        return 130
    except (Failed, OSError) as error:
        print(f"ops/demo: {error}", file=sys.stderr)
        return 1
    try:
        run(options, stage, partners, ending)
    except KeyboardInterrupt:
        print("\nStopped.")
        return 130 if options.check else 0
    except (Failed, OSError, http.client.HTTPException) as error:
        print(f"\nFAILED: {error}", file=sys.stderr)
    except (LookupError, TypeError, ValueError) as error:
        print(f"\nFAILED: an answer is not what it should be: {error!r}",
              file=sys.stderr)
    else:
        return 0
    print(f"The programs' logs are in {stage.dir}/*.log", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
