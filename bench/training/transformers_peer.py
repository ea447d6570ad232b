"""What people run: transformers' GPT-2, with peft's adapter for `lora`. Usage: python transformers_peer.py full|lora"""

import sys

from steps import answer, token_rows
from transformers import GPT2Config, GPT2LMHeadModel

model = GPT2LMHeadModel(GPT2Config(resid_pdrop=0, embd_pdrop=0, attn_pdrop=0, use_cache=False))
if sys.argv[1] == "lora":
    from peft import LoraConfig, get_peft_model

    targets = ["c_attn", "c_proj", "c_fc"]
    lora = LoraConfig(
        r=8, lora_alpha=16, lora_dropout=0.0, target_modules=targets, fan_in_fan_out=True, task_type="CAUSAL_LM"
    )
    model = get_peft_model(model, lora)
model.train()
ids = token_rows(128)
answer(model.parameters(), lambda: model(input_ids=ids, labels=ids).loss)
