#!/usr/bin/env python3
"""The checks are checked: each must refuse its bad sample, name the line, and let the good one by.

A sample is (check, path in the tree, text, what must be said — or None).
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

LINT = Path(__file__).resolve().parent

GOOD = """/* A file. */
#include "call/breaker.h"

#include <stdio.h>

int vg_breaker_admit(int now)
{
    return now > 0; /* sprintf( in a comment is nothing */
}
"""


def function(lines):
    return "int f(int a)\n{\n" + "    a++;\n" * (lines - 4) + "    return a;\n}\n"


NESTED = """int f(int a)
{
    for (int i = 0; i < a; i++) {
        if (a > i) {
            while (a > 3) {
                if (a == 7)
                    return a;
                a--;
            }
        }
    }
    return a;
}
"""
FLAT = """int f(int a)
{
    switch (a) {
    case 1:
        if (a == 2)
            return 1;
        else if (a == 3)
            return a ? 1 : 2;
        break;
    default:
        do {
            a--;
        } while (a > 3);
    }
    return a;
}
"""
LEAK = """#include <stdlib.h>
int f(int a);
int f(int a)
{
    int *p = malloc(sizeof(*p));
    *p = a;
    return a;
}
"""

SAMPLES = [
    ("layers", "src/call/breaker.c", GOOD, None),
    ("layers", "src/call/retry.c", '#include "plan/plan.h"\n', "src/call/retry.c:1: "),
    ("layers", "src/call/retry.c", '#include "breaker.h"\n', '"call/breaker.h"'),
    ("layers", "src/call/retry.c", "\n#include <curl/curl.h>\n", "retry.c:2: <curl/curl.h> belongs"),
    ("layers", "src/call/breaker.c", '#include <stdio.h>\n#include "call/breaker.h"\n', "own header"),
    ("layers", "src/engine/store.c", "#include <uv.h>\n", "belongs to"),
    ("layers", "src/engine/store.c", "#include <sqlite3.h>\n", None),
    ("layers", "adapters/vector/embedded/adapter.c", '#include "engine/store.h"\n', None),
    ("layers", "adapters/vector/qdrant/adapter.c", '#include "engine/store.h"\n', "may include"),
    ("layers", "adapters/vector/qdrant/adapter.c",
     '#include "adapters/vector/embedded/adapter.h"\n', "another adapter"),
    ("layers", "include/vecgate/op.h", '#include "base/log.h"\n', "only each other"),
    ("layers", "src/nowhere/a.c", "", "no line of"),
    ("banned", "src/call/a.c", GOOD, None),
    ("banned", "src/call/a.c", "int f(void)\n{\n    return atoi(x);\n}\n", "a.c:3: atoi()"),
    ("banned", "tests/unit/a.c", "    sprintf (x, y);\n", "a.c:1: sprintf()"),
    ("banned", "src/call/a.c", '    puts("strcpy(a, b)"); vg_strcat(a);\n', None),
    ("banned", "tests/lint/allow.txt", "banned src/call/a.c:rand a reason\n", "allow.txt:1: "),
    ("shape", "src/call/a.c", function(60), None),
    ("shape", "src/call/a.c", function(61), "a.c:1: f() has 61 lines"),
    ("shape", "src/call/a.c", NESTED, "a.c:7: f() nests 4 deep"),
    ("shape", "src/call/a.c", FLAT, None),
    ("shape", "src/call/a.c", "void f(int a, int b, int c, int d, void (*e)(int, int))\n{\n}\n", None),
    ("shape", "src/call/a.c", "void f(int a, int b, int c, int d, int e, int g)\n{\n}\n", "6 parameters"),
    ("shape", "src/call/a.c", "void f(int a, int b, int c, int d, int e, ...)\n{\n}\n", None),
    ("shape", "src/call/a.c", "\n" * 501, "a.c:501: "),
    ("shape", "src/call/a.c", "".join(function(13).replace("f(", f"f{i}(") for i in range(10)),
     "the median function has 13 lines"),
    ("shape", "src/call/a.c", "".join(function(6 if i < 17 else 41).replace("f(", f"f{i}(")
                                      for i in range(20)), "3 of 20 functions"),
    ("shape", "tests/lint/allow.txt", "long src/call/a.c:f a reason\n", "allow.txt:1: "),
    ("shape", "tests/lint/allow.txt", "wide src/call/a.c:f a reason\n", "allow.txt:1: "),
    ("text", "docs/a.md", "A page.\n", None),
    ("text", "docs/a.md", "A page.\nTO" "DO: the rest\n", "a.md:2: "),
    ("text", "docs/a.md", "see /ho" "me/me/file\n", "a path of one machine"),
    ("text", "docs/a.json", '"https://registry.npm' 'js.org/x"\n', "a registry"),
    ("text", "src/call/a.c", "int a;\t\n", "blanks at the end"),
    ("text", "src/call/a.c", "/* since #" "123 */\n", "an issue"),
    ("text", "src/call/a.c", "int a;", "one newline"),
    ("links", "docs/a.md", "# A page\n\n[Here](#a-page), [there](../src/call/breaker.h), [away](https://x.example/y).\n", None),
    ("links", "docs/a.md", "```\n[shown](nowhere.md)\n```\n", None),
    ("links", "docs/a.md", "# A page\n\n[There](b.md)\n", "a.md:3: b.md is not there"),
    ("links", "docs/a.md", "# A page\n[Here](#another)\n", "a.md:2: the page has no heading #another"),
    ("format", "src/call/a.c", "int a;\n", None),
    ("format", "src/call/a.c", "int a;\nint  b;\n", "a.c:2: not formatted"),
    ("shell", "a.sh", "#!/bin/sh\nexit 0\n", None),
    ("shell", "a.sh", "#!/bin/sh\nrm $1\n", "a.sh:2: "),
    ("tidy", "src/call/a.c", "int f(int a);\nint f(int a)\n{\n    return a;\n}\n", None),
    ("tidy", "src/call/a.c", LEAK, "a.c:7: Potential leak"),
]


def lay_out(root, path, text):
    for name in (".clang-format", ".clang-tidy"):
        shutil.copy(LINT.parent.parent / name, root)
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(0o755)
    header = root / "src/call/breaker.h"
    header.parent.mkdir(parents=True, exist_ok=True)
    header.touch()
    build = root / "build" / "dev"
    build.mkdir(parents=True)
    row = {"directory": str(root), "command": f"cc -c {path}", "file": str(file)}
    (build / "compile_commands.json").write_text(json.dumps([row]))
    return build


def fault_of(check, path, text, wanted):
    """What is wrong with the check's answer, or None."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        build = lay_out(root, path, text)
        words = [sys.executable, str(LINT / f"{check}.py")] + ([str(build)] if check == "tidy" else [])
        done = subprocess.run(words, env={**os.environ, "VG_LINT_ROOT": str(root)},
                              capture_output=True, text=True)
    if wanted is None:
        return None if done.returncode == 0 else f"refuses a good sample: {done.stdout}{done.stderr}"
    if done.returncode != 1 or wanted not in done.stdout:
        return f"does not say '{wanted}' but {done.stdout}{done.stderr}"
    return None


def main():
    checks = sys.argv[1:]
    faults = 0
    for sample in SAMPLES:
        if not checks or sample[0] in checks:
            fault = fault_of(*sample)
            if fault:
                faults += 1
                print(f"{sample[0]}.py, sample {sample[1]}: {fault}")
    print(f"{len(SAMPLES)} samples, {faults} faults")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
