"""The last turn: one tenant is erased. It has nothing any more, and the other has all."""
import time

from attack_run import expect
from attack_words import segment

SECONDS, PAUSE = 60, 0.02


def is_over(attack, who, job):
    answer = attack.send(who, "GET", f"/v1/jobs/{job}")
    if answer.status == 404:
        return True  # with all else that was the tenant's
    expect(answer.status == 200 and answer.json["state"] in ("waiting", "running", "done"), "erasing", answer)
    return answer.json["state"] == "done"


def check_all(attack, who):
    """Whatever the model knows of a tenant is there, and no more."""
    for template in ("GET /collections", "GET /v1/collections", "GET /aliases"):
        attack.play(template, who)
    for name in sorted(attack.tenants[who].collections):
        for template in ("GET /v1/collections/{collection}", "POST /collections/{collection}/points/scroll", "POST /v1/collections/{collection}/points/count"):
            attack.play(template, who, name)


def erase(attack, who):
    tenant = attack.tenants[who]
    answer = attack.send(who, "DELETE", f"/v1/tenants/{segment(tenant.name, attack.chance)}")
    expect(answer.status == 202, "erased", answer)
    end = time.monotonic() + SECONDS
    while not is_over(attack, who, answer.json["id"]):
        expect(time.monotonic() < end, "never erased", answer)
        time.sleep(PAUSE)
    tenant.collections, tenant.aliases = {}, {}


def check_erased(attack):
    here, there = 0, 1
    for who in (here, there):
        check_all(attack, who)
    erase(attack, here)
    for who in (here, there):
        check_all(attack, who)
