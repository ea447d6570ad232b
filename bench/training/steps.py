"""What both peers share: a step for every line of standard input, answered with its seconds; at its end, the peak of memory."""

import json
import resource
import sys
import time

import torch

VOCABULARY, ROWS, LENGTH = 50257, 4, 128


def token_rows(length):
    torch.manual_seed(0)
    return torch.randint(0, VOCABULARY, (ROWS, length))


def answer(parameters, loss_of):
    parameters = [parameter for parameter in parameters if parameter.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=1e-4)
    for _ in sys.stdin:
        begun = time.perf_counter()
        optimizer.zero_grad()
        loss_of().backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        print(time.perf_counter() - begun, flush=True)
    print(json.dumps({"peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}), flush=True)
