"""Makes reference.json, the vectors that another implementation gives for the texts of the tests.

    pip install sentence-transformers && python reference.py FOLDER_OF_ALL_MINILM_L6_V2 > reference.json
"""

import json
import sys
from importlib.metadata import version

from sentence_transformers import SentenceTransformer

PASSAGE = (
    "Several people own a body of writing together. Whoever wants to add to it proposes a text and stakes a "
    "deposit; the co-authors vote, and an approved author becomes one of them. "
)
TEXTS = [
    "stake",
    "Who may change this thread?",
    "The proposal was approved by all co-authors, and its author joined them.",
    PASSAGE,
    PASSAGE * 4,
    # Beyond the 256 tokens that the model reads, and far beyond.
    PASSAGE * 12,
    "".join(f"{number}. {PASSAGE}" for number in range(40)),
    "",
    " \n\t ",
    ".",
    "Café, naïve, Ångström, cafe\u0301: ﬁne ½ № Ⅷ “quoted” — İstanbul, Straße",
    "共同写作的人一起拥有一篇文章。谁想加入，就提出一段文字。",
    "Соавторы голосуют за предложение, и автор становится одним из них.",
    "👍🏽 👩‍👩‍👧 zero\u200bwidth \u202eright to left\u202c \u0000 \ufffd control\u0007",
    "fn main() { println!(\"{}\", 0xdead_beef_u32 >> 3); } // https://example.org/a?b=c#d",
    "Pneumonoultramicroscopicsilicovolcanoconiosis " + "x" * 300 + " [MASK] [SEP] [CLS]",
]

model = SentenceTransformer(sys.argv[1], device="cpu")
made_with = {name: version(name) for name in ("sentence-transformers", "transformers", "tokenizers", "torch")}
vectors = [[round(float(x), 6) for x in model.encode(text)] for text in TEXTS]
cases = [{"text": text, "vector": vector} for text, vector in zip(TEXTS, vectors)]
json.dump({"made_with": made_with, "cases": cases}, sys.stdout, ensure_ascii=True, separators=(",", ":"))
print()
