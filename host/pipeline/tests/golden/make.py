"""Asks Kedro 1.7 what its graph and selection code says, and writes `kedro-1.7.json` for `../it/golden.rs`.

    python3 -m venv venv && venv/bin/pip install kedro==1.7.0
    venv/bin/python make.py

The same version of Kedro gives the same file, byte for byte: everything random is seeded, and sets are sorted.

The file is an array with one pipeline a line:

    name      what the case is called
    nodes     [full name, namespace, inputs, outputs, tags] each, the last three as words, in the order of declaration
    stored    the base names of the datasets that the catalog stores, in every format
    levels    the order of execution, one word a level
    inputs    the free inputs and parameters
    outputs   the final outputs
    filters   [arguments of `Pipeline.filter`, nodes in Kedro's order or `!empty` or `!unknown`, inputs, outputs] each;
              the last two only where Kedro was asked for them
    missing   [base names of the stored datasets that exist, nodes that run, nodes without formats] each
    resume    [nodes that are done, nodes to resume from, nodes without formats] each

A node is the letter of its place in `nodes`. "Without formats" is Kedro's answer for the same pipeline with every
`name@format` written `name`, where that is another one.
"""

import json
import logging
import random
import string
import warnings
from pathlib import Path

import kedro
from kedro.io import AbstractDataset, DataCatalog
from kedro.pipeline import Pipeline, node
from kedro.runner import SequentialRunner
from kedro.runner.runner import _find_nodes_to_resume_from

VERSION = "1.7.0"
SEED = 17
RANDOM_PIPELINES = 300
FILTERS_EACH = 6
# Shares of the stored datasets that exist, and of the nodes that are done, one for each question.
EXISTING = (0.5, 0.8, 1)
DONE = (0.4, 0.7, 0.9)

FILTERS = ["tags", "from_nodes", "to_nodes", "node_names", "from_inputs", "to_outputs", "node_namespaces"]
PARAMETERS = ["params:p", "params:q.r", "parameters"]


class Stored(AbstractDataset):
    """A dataset in storage that is there, or not."""

    def __init__(self, exists):
        self.exists_ = exists

    def _load(self):
        raise NotImplementedError

    def _save(self, data):
        raise NotImplementedError

    def _exists(self):
        return self.exists_

    def _describe(self):
        return {}


def base(name):
    return name.split("@")[0]


class Case:
    """A pipeline, with the letters that its nodes have in the file."""

    def __init__(self, name, nodes, stored):
        self.name, self.nodes, self.stored = name, nodes, sorted(stored)
        self.letters = dict(zip((full for full, *_ in nodes), string.ascii_letters))
        self.pipeline = build(nodes)

    def write(self, nodes):
        return "".join(self.letters[node.name] for node in nodes)

    def names(self, letters):
        return [full for full, letter in self.letters.items() if letter in letters]

    def line(self, filters, missing, resume):
        fields = {
            "name": self.name,
            "nodes": [[n, ns, " ".join(i), " ".join(o), " ".join(t)] for n, ns, i, o, t in self.nodes],
            "stored": " ".join(self.stored),
            "levels": " ".join(self.write(level) for level in self.pipeline.grouped_nodes),
            "inputs": " ".join(sorted(self.pipeline.inputs())),
            "outputs": " ".join(sorted(self.pipeline.outputs())),
            "filters": [self.filter(arguments, index < 2) for index, arguments in enumerate(filters)],
            "missing": [self.both(self.missing, existing) for existing in missing],
            "resume": [self.both(self.resume, done) for done in resume],
        }
        return json.dumps(fields, separators=(",", ":"))

    def filter(self, arguments, with_datasets):
        # Kedro refuses names that are repeated, and namespaces within others of the same list.
        asked = {key: list(dict.fromkeys(items)) for key, items in arguments.items()}
        spaces = asked.get("node_namespaces", [])
        if spaces:
            within = lambda space: any(space.startswith(other + ".") for other in spaces)
            asked["node_namespaces"] = [space for space in spaces if not within(space)]
        arguments = {key: " ".join(items) for key, items in arguments.items()}
        try:
            part = self.pipeline.filter(**asked)
        except ValueError as error:
            if "contains no nodes" in str(error):
                return [arguments, "!empty"]
            assert "does not contain" in str(error), error
            return [arguments, "!unknown"]
        answer = [arguments, self.write(part.nodes)]
        if with_datasets:
            answer += [" ".join(sorted(part.inputs())), " ".join(sorted(part.outputs()))]
        return answer

    def both(self, question, about):
        """What Kedro says with formats, and without where that is something else."""
        bases = lambda names: [base(name) for name in names]
        without = [(name, ns, bases(inputs), bases(outputs), tags) for name, ns, inputs, outputs, tags in self.nodes]
        plain, joined = question(self.pipeline, about), question(build(without), about)
        about = " ".join(about) if isinstance(about, list) else about
        return [about, plain] if plain == joined else [about, plain, joined]

    def catalog(self, pipeline, existing):
        names = sorted(name for name in pipeline.datasets() if base(name) in self.stored)
        return DataCatalog({name: Stored(base(name) in existing) for name in names})

    def missing(self, pipeline, existing):
        part = SequentialRunner()._filter_pipeline_for_missing_outputs(pipeline, self.catalog(pipeline, existing))
        return "".join(sorted(self.write(part.nodes)))

    def resume(self, pipeline, done):
        done = self.names(done)
        unfinished = {node for node in pipeline.nodes if node.name not in done}
        names = _find_nodes_to_resume_from(pipeline, unfinished, self.catalog(pipeline, self.stored))
        return "".join(sorted(self.letters[name] for name in names))


def build(nodes):
    def one(full, namespace, inputs, outputs, tags):
        name = full.removeprefix(namespace + ".") if namespace else full
        function = lambda *arguments: arguments
        return node(function, inputs, outputs, name=name, namespace=namespace or None, tags=tags)

    return Pipeline([one(*spec) for spec in nodes])


# --- Pipelines written by hand -----------------------------------------------------------------------------------


def nodes(text):
    """`name: inputs -> outputs [tags]` a line; what stands before a `/` in the name is the namespace."""
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        name, flow = line.split(":", 1)
        flow, _, tags = flow.partition("[")
        inputs, outputs = flow.split("->")
        namespace = name.rpartition("/")[0].replace("/", ".")
        found.append((name.replace("/", "."), namespace, inputs.split(), outputs.split(), tags.rstrip("]").split()))
    return found


ASYMMETRIC = """
    node1: raw_1 -> a
    node2: raw_2 -> b
    node3: a b -> c
    node4: c -> d"""
TRIANGULAR = """
    node1: raw -> a
    node2: a -> b
    node3: b a -> c"""
TWO_BRANCHES_CROSSED = """
    node1_A: in_A -> a1
    node1_B: in_B -> b1
    node2: a1 b1 -> a2 b2
    node3_A: a2 -> a3
    node3_B: b2 -> b3
    node4_A: a3 -> a4
    node4_B: b3 -> b4"""
DIAMOND = """
    top: in params:p -> t [prepare]
    left: t -> l [prepare]
    right: t -> r [model]
    bottom: l r -> out [model]"""
FAN = """
    split: in -> x y z
    each_x: x params:q.r -> x2 [each]
    each_y: y params:q.r -> y2 [each]
    each_z: z params:q.r -> z2 [each]
    join: x2 y2 z2 -> out
    report: out parameters -> """
FORMATS = """
    node1: H@one I M -> N
    node2: H@two -> I
    node3: F -> G M
    node4: E -> F H@four
    node5: D ->
    node6: C -> D
    node7: B@seven -> C E
    node8: A -> B@eight L
    node9: -> A
    node10: B@ten ->"""
NAMESPACES = """
    k/n1: a -> b
    n2: b -> c
    k/l/n3: c -> d [t]
    kk/n4: d -> e [t]
    k/l/m/n5: d -> f
    n.6: f -> """
WASTEFUL = """
    first: in -> kept_in_memory
    wasteful: kept_in_memory -> also_in_memory
    second: kept_in_memory -> stored_1
    third: stored_1 also_in_memory -> stored_2
    side_effect: stored_1 -> """
CHAIN_OF_MEMORY = """
    a: in -> m1
    b: m1 -> m2 s1
    c: m2 -> m3
    d: m3 s1 -> s2"""
DONE_BESIDE = """
    make_p: in -> p
    make_q: in -> q
    join: p q -> stored
    other: p -> result"""
CASES = [
    ("namespaces", NAMESPACES, ["d"], [{"node_namespaces": ["k"]}, {"node_namespaces": ["kk"]},
        {"node_namespaces": ["k.l"]}, {"node_namespaces": ["k", "k.l"]}, {"node_namespaces": ["l"]},
        {"node_namespaces": ["k"], "tags": ["t"]}, {"node_names": ["n3"]}, {"node_names": ["n.6", "n.6"]}]),
    ("formats", FORMATS, ["B"], [{"from_nodes": ["node8"]}, {"to_nodes": ["node7"]}, {"from_inputs": ["H@one"]},
        {"from_inputs": ["H@two"]}, {"from_inputs": ["E"]}, {"from_inputs": ["B@seven", "L"]}, {"from_inputs": ["H"]},
        {"from_inputs": ["H", "H@four"]}, {"from_inputs": ["Z"]}, {"from_inputs": ["H@nine"]},
        {"to_outputs": ["H@four"]}, {"to_outputs": ["H@two"]}, {"to_outputs": ["H@four", "D"]}, {"to_outputs": ["H"]},
        {"to_outputs": ["Z"]}, {"from_inputs": ["H@four"]}]),
    ("diamond", DIAMOND, ["t", "out"], [{"tags": ["model"]}, {"tags": ["prepare", "model"]},
        {"node_names": ["top", "bottom"]}, {"from_nodes": ["left"], "to_nodes": ["right"]},
        {"from_inputs": ["params:p"]}, {"to_outputs": ["in"]}, {"tags": ["prepare"], "from_nodes": ["left"]}]),
    ("diamond in memory", DIAMOND, [], []),
    ("fan", FAN, ["x", "x2", "y2", "out"], [{"tags": ["each"], "to_outputs": ["out"]}, {"from_inputs": ["params:q.r"]},
        {"from_inputs": ["parameters"]}, {"to_nodes": ["join"], "from_nodes": ["each_y"]}]),
    ("asymmetric", ASYMMETRIC, ["raw_1", "raw_2"], []),
    ("asymmetric, all stored", ASYMMETRIC, ["raw_1", "raw_2", "a", "b", "c", "d"], []),
    ("asymmetric, one branch stored", ASYMMETRIC, ["raw_1", "raw_2", "b"], []),
    ("triangular", TRIANGULAR, ["raw", "b"], []),
    ("triangular, all stored", TRIANGULAR, ["raw", "a", "b", "c"], []),
    ("two branches crossed", TWO_BRANCHES_CROSSED, ["in_A", "in_B", "a2", "b2"], []),
    ("two branches crossed in memory", TWO_BRANCHES_CROSSED, ["in_A", "in_B"], []),
    ("wasteful node", WASTEFUL, ["stored_1", "stored_2"], []),
    ("a node that is done beside one that is not", DONE_BESIDE, ["in", "stored"], []),
    ("memory between stored", CHAIN_OF_MEMORY, ["s1", "s2"], []),
]


# --- Random pipelines ---------------------------------------------------------------------------------------------


def some(rng, items, most):
    items = list(items)
    return rng.sample(items, min(rng.randint(1, most), len(items)))


def random_nodes(rng):
    count = rng.randint(2, 14)
    formats = {}

    def use(dataset):
        """A dataset in one of its formats, if it has any."""
        has = formats.setdefault(dataset, rng.sample(["csv", "json", "arrow"], 2) if rng.random() < 0.25 else [])
        return f"{dataset}@{rng.choice(has)}" if has else dataset

    found, made, free = [], [], ["in", "k.in", "other"]
    for index in range(count):
        namespace = rng.choice(["", "", "", "k", "k", "k.l", "k.l.m", "kk"])
        word = rng.choice(["a", "B", "_n", "clean", "z-1", "v1.2", "é"]) + str(rng.randrange(100)) + string.ascii_lowercase[index]
        inputs = [use(dataset) for dataset in some(rng, made, 3)] if made and rng.random() < 0.85 else []
        if rng.random() < 0.3 or not inputs and rng.random() < 0.7:
            inputs.append(use(rng.choice(free)))
        inputs += rng.sample(PARAMETERS, rng.choice([0, 0, 0, 1, 2]))
        if inputs and rng.random() < 0.05:
            inputs.append(rng.choice(inputs))
        rng.shuffle(inputs)
        outputs = [rng.choice(["", "", "k."]) + f"d{index}{part}" for part in "xyz"[: rng.choice([0, 1, 1, 1, 2, 3])]]
        if not inputs and not outputs:
            outputs = [f"d{index}x"]
        made += outputs
        tags = rng.sample(["t", "u", "v"], rng.choice([0, 0, 1, 1, 2]))
        full = f"{namespace}.{word}" if namespace else word
        found.append((full, namespace, inputs, [use(output) for output in outputs], sorted(tags)))
    rng.shuffle(found)
    return found


def random_filter(rng, nodes):
    """Names that are there, now and then one that is not, or is there twice."""
    full = [name for name, *_ in nodes]
    datasets = sorted({name for _, _, inputs, outputs, _ in nodes for name in inputs + outputs})
    datasets = sorted({*datasets, *map(base, datasets)})
    spaces = sorted({space for _, space, *_ in nodes if space})
    spaces = sorted({*spaces, *(space.split(".")[0] for space in spaces)})
    choices = {"tags": ["t", "u", "v"], "node_namespaces": spaces, "from_inputs": datasets, "to_outputs": datasets}
    arguments = {}
    for key in sorted(rng.sample(FILTERS, rng.choice([1, 1, 1, 2, 2, 3])), key=FILTERS.index):
        items = some(rng, choices.get(key, full), 4 if key == "node_names" else 2)
        if rng.random() < 0.03:
            items.append("nowhere")
        if items and rng.random() < 0.03:
            items.append(rng.choice(items))
        if items:
            arguments[key] = items
    return arguments


def questions(rng, nodes, stored):
    """Random filters, existing datasets and nodes that are done."""
    made = sorted({base(output) for _, _, _, outputs, _ in nodes for output in outputs} & set(stored))
    letters = string.ascii_letters[: len(nodes)]
    filters = [arguments for _ in range(FILTERS_EACH) if (arguments := random_filter(rng, nodes))]
    missing = [[name for name in made if rng.random() < share] for share in EXISTING]
    resume = ["".join(letter for letter in letters if rng.random() < share) for share in DONE]
    return filters, missing, resume


def done_in_order(case, count):
    """The nodes that are done when a run in Kedro's order stops after so many."""
    return "".join(sorted(case.write(case.pipeline.nodes[:count])))


def main():
    assert kedro.__version__ == VERSION, f"expected Kedro {VERSION}, found {kedro.__version__}"
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    rng = random.Random(SEED)
    lines = []
    for name, text, stored, filters in CASES:
        case = Case(name, nodes(text), stored)
        more, missing, resume = questions(rng, case.nodes, stored)
        resume += [done_in_order(case, count) for count in range(len(case.nodes) + 1)]
        missing += [[]]
        lines.append(case.line(filters + more, missing, resume))
    for index in range(RANDOM_PIPELINES):
        found = random_nodes(rng)
        datasets = sorted({base(name) for _, _, inputs, outputs, _ in found for name in inputs + outputs} - {*PARAMETERS})
        share = rng.choice([0, 0.3, 0.5, 0.5, 0.7, 1])
        case = Case(f"random {index}", found, [name for name in datasets if rng.random() < share])
        filters, missing, resume = questions(rng, found, case.stored)
        resume[-1] = done_in_order(case, rng.randrange(len(found) + 1))
        lines.append(case.line(filters, missing, resume))
    text = "[\n" + ",\n".join(lines) + "\n]\n"
    Path(__file__).with_name("kedro-1.7.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
