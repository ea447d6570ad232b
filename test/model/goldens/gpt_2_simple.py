"""Makes ../fixtures/gpt-2-simple: the weights of ../fixtures/tiny-gpt2 as gpt-2-simple leaves them in checkpoint/run1.

    python gpt_2_simple.py

Needs tensorflow (made with tensorflow-cpu 2.21) and numpy. TensorFlow's own Saver writes the files, with the state of an
Adam that has made a step of size 0, as a training leaves it. The graph (model-20.meta) is dropped: nobody reads it.
"""

import json
import struct
from pathlib import Path

import numpy
import tensorflow

tf = tensorflow.compat.v1
tf.disable_eager_execution()

FIXTURES = Path(__file__).parent.parent / "fixtures"
BASE, FOLDER = FIXTURES / "tiny-gpt2", FIXTURES / "gpt-2-simple"


def read_safetensors(file):
    raw = file.read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8 : 8 + length])
    header.pop("__metadata__")
    for name, entry in header.items():
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        yield name, numpy.frombuffer(raw[begin:end], "<f4").reshape(entry["shape"])


def original_name(name):
    """h.0.attn.c_attn.weight as model/h0/attn/c_attn/w, by the code that OpenAI published."""
    if name.startswith("w"):
        return f"model/{name.split('.')[0]}"
    *path, part = name.replace("h.", "h", 1).split(".")
    parts = {"weight": "g" if path[-1].startswith("ln") else "w", "bias": "b"}
    return "/".join(["model", *path, parts[part]])


graph = tf.Graph()
with graph.as_default(), tf.Session() as session:
    variables = []
    for name, values in read_safetensors(BASE / "model.safetensors"):
        is_convolution = values.ndim == 2 and not name.startswith("w")
        shaped = values[None] if is_convolution else values
        variables.append(tf.get_variable(original_name(name), initializer=shaped))
    loss = tf.add_n([tf.reduce_sum(variable * variable) for variable in variables])
    step = tf.train.AdamOptimizer(0.0).minimize(loss)
    session.run(tf.global_variables_initializer())
    session.run(step)
    FOLDER.mkdir(exist_ok=True)
    tf.train.Saver().save(session, str(FOLDER / "model"), global_step=20)
(FOLDER / "model-20.meta").unlink()
# As on the machine of a notebook, of which the paths do not exist here.
(FOLDER / "checkpoint").write_text('model_checkpoint_path: "/content/checkpoint/run1/model-20"\n')

config = json.loads((BASE / "config.json").read_text())
hparams = {"n_vocab": "vocab_size", "n_ctx": "n_positions", "n_embd": "n_embd", "n_head": "n_head", "n_layer": "n_layer"}
(FOLDER / "hparams.json").write_text(json.dumps({name: config[other] for name, other in hparams.items()}))
tokenizer = json.loads((BASE / "tokenizer.json").read_text())["model"]
(FOLDER / "encoder.json").write_text(json.dumps(tokenizer["vocab"]))
(FOLDER / "vocab.bpe").write_text("#version: 0.2\n" + "\n".join(tokenizer["merges"]) + "\n")
