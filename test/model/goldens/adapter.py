"""Makes the goldens in ../fixtures/tiny-adapter: a LoRA adapter over ../fixtures/tiny-gpt2, as Python's peft saves it;
and ../fixtures/pytorch/adapter_model.bin, the same in the older form.

    python adapter.py

Needs torch, transformers and peft. The reference is transformers' own GPT-2 with the adapter merged into its weights,
computing in float64.
"""

import json
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict
from safetensors.torch import save_file
from transformers import GPT2LMHeadModel

FIXTURES = Path(__file__).parent.parent / "fixtures"
BASE, FOLDER = FIXTURES / "tiny-gpt2", FIXTURES / "tiny-adapter"
IDS = torch.tensor(json.loads((BASE / "inputs.json").read_text())["inputIds"])


def adapted(use_rslora):
    """Both matrices random: peft begins with B = 0, which would hide a wrong scale."""
    torch.manual_seed(20261124)
    model = get_peft_model(
        GPT2LMHeadModel.from_pretrained(BASE, dtype=torch.float32),
        LoraConfig(
            r=4,
            lora_alpha=6,
            lora_dropout=0.1,
            target_modules=["c_attn", "c_proj", "c_fc"],
            task_type="CAUSAL_LM",
            use_rslora=use_rslora,
            fan_in_fan_out=True,
        ),
    )
    for name, parameter in model.named_parameters():
        if "lora_" in name:
            parameter.data = 0.3 * torch.randn_like(parameter)
    return model.eval()


def logits_of(model):
    with torch.no_grad():
        return model.double().merge_and_unload()(IDS).logits.float().contiguous()


plain = adapted(use_rslora=False)
config = plain.peft_config["default"]
config.base_model_name_or_path = "someone/tiny-gpt2"
config.target_modules = sorted(config.target_modules)  # a set, so in a different order every time
plain.save_pretrained(FOLDER)
(FOLDER / "README.md").unlink()
# As peft saved it before it knew safetensors.
torch.save(get_peft_model_state_dict(plain), FIXTURES / "pytorch" / "adapter_model.bin")
goldens = {"logits": logits_of(plain), "logits_rslora": logits_of(adapted(use_rslora=True))}  # [B, T, V]
save_file(goldens, FOLDER / "goldens.safetensors", metadata={"format": "pt"})
