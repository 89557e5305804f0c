"""A draft previewed over 100,000 stored calls by the worker of a running stack, from the asking to the end."""

import os
import random
import subprocess
import sys
import time
from datetime import timedelta
from typing import Any

from bench.figures import Figure
from bench.stack import environment, running
from config.datadir import BASE_DIR, default_data_dir
from config.services import lease

CALLS, ORIGINALS = 100_000, 500


def run() -> list[Figure]:
    with running(DEMO="0") as stack:
        command = [sys.executable, "-m", "bench.preview"]
        done = subprocess.run(
            command, cwd=BASE_DIR, env=environment(stack), stdout=subprocess.PIPE, text=True, check=True
        )
    seconds, cases = done.stdout.split()
    return [
        Figure(f"preview: {CALLS:,} stored calls", float(seconds), "s", "reach: ≤ 60 s"),
        Figure("preview: calls that the draft decides otherwise", float(cases), "calls"),
    ]


def main() -> None:
    """Inside the stack's environment: fill its tables, ask for a preview, wait for its end."""
    with lease(default_data_dir()):
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        import django

        django.setup()
        seconds, cases = _measure()
    print(seconds, cases)


def _measure() -> tuple[float, int]:
    from django.utils import timezone

    from journal.actors import Machine
    from planning import previews
    from planning.models import PreviewCase
    from triage import deciding, drafting
    from triage.models import Program

    bench, at = Machine("Bench"), timezone.now()
    program = Program.objects.filter(policy__slug="demo").order_by("rank", "slug")[0]
    version = deciding.version_at(program.policy, at)
    _fill(program, version, at)
    draft = drafting.begin(policy=program.policy, version="bench", based_on=version, by=bench, at=at)
    rule = {
        "id": "bench",
        "text": "Every other kind of call.",
        "source": "bench",
        "when": {"call_type": ["welfare_check", "disturbance"]},
        "exclude": "crisis_line",
    }
    drafting.put(version=draft, part="rule:bench", value=rule, was="", by=bench, at=at)
    draft.refresh_from_db()
    begun = time.perf_counter()
    preview = previews.begin(version=draft, days=2, exercises=True, by=bench, at=timezone.now())
    while preview.ended_at is None:
        time.sleep(0.2)
        preview.refresh_from_db()
    if preview.failed or preview.done != preview.total or preview.total < CALLS:
        raise RuntimeError(f"failed={preview.failed}, {preview.done} of {preview.total}")
    return time.perf_counter() - begun, PreviewCase.objects.filter(preview=preview).count()


def _fill(program: Any, version: Any, at: Any) -> None:
    """Some calls as intake would store them, each answered at random to the end, and copies of them."""
    from django.db import connection

    from calls.models import Assessment, Call
    from triage import deciding
    from triage.engine import UNKNOWN

    draw = random.Random(1)
    calls, assessments = [], []
    for _ in range(ORIGINALS):
        known: dict[str, Any] = {"call_type": draw.choice(["welfare_check", "mental_health", "disturbance", "fire"])}
        while (decision := deciding.decide(version, known, at=at)).next_questions:
            question = decision.next_questions[0]
            # Most calls are calm: of grades the first value is harmless, of yes and no the last.
            calm = draw.random() < 0.9 and question.values
            likely = question.values[-1 if True in question.values else 0] if calm else None
            known[question.fact] = draw.choice([*question.values, UNKNOWN]) if likely is None else likely
        taken = at - timedelta(seconds=draw.uniform(60, 40_000))
        call = Call(
            source="bench",
            received_at=taken,
            taken_at=taken,
            changed_at=taken,
            taken_by_name="Bench",
            program=program,
            exercise=program.exercise,
            facts=known,
        )
        calls.append(call)
        assessments.append(
            Assessment(
                call=call,
                at=taken,
                by_name="Bench",
                facts=known,
                program=program,
                policy_version=version,
                outcome=decision.outcome,
                eligible=decision.eligible,
                priority=decision.priority,
                decision=decision.to_json(),
            )
        )
    Call.objects.bulk_create(calls)
    Assessment.objects.bulk_create(assessments)
    copied = [field.column for field in Call._meta.concrete_fields if field.column not in ("id", "external_id")]
    judged = [field.column for field in Assessment._meta.concrete_fields if field.column not in ("id", "call_id")]
    with connection.cursor() as cursor:
        # Each copy remembers its original in `external_id`, so that the assessment can be copied after it.
        cursor.execute(
            f"INSERT INTO calls_call (id, external_id, {', '.join(copied)}) "
            f"SELECT gen_random_uuid(), id::text, {', '.join(copied)} FROM calls_call, generate_series(1, %s)",
            [CALLS // ORIGINALS],
        )
        cursor.execute(
            f"INSERT INTO calls_assessment (call_id, {', '.join(judged)}) "
            f"SELECT copy.id, {', '.join('a.' + each for each in judged)} FROM calls_call copy "
            "JOIN calls_assessment a ON a.call_id::text = copy.external_id WHERE copy.external_id <> ''"
        )
        cursor.execute("ANALYZE calls_call, calls_assessment")


if __name__ == "__main__":
    main()
