"""`make run` with its demo, as somebody sees it who opens a console."""

from contextlib import closing

from bench.console import consoles, log_in
from bench.stack import running
from tests.city import City
from tests.recovery.test_crashes import processes, wait_for


def test_calls_come_while_a_console_is_open_and_none_twice_after_a_kill(tmp_path):
    with running(tmp_path / "var", DEMO="1") as stack:
        city = City(stack)

        def played() -> list[str]:
            return [number for (number,) in city.rows("SELECT external_id FROM calls_call WHERE source = 'demo'")]

        with closing(city.database):
            [demo] = processes(city, "demo")
            assert played() == []
            with consoles(stack, log_in(stack, "dan")) as [console]:
                wait_for(lambda: any("Juniper Square" in html for html in list(console.panes.values())))
                demo.kill()
                before = len(played())
                wait_for(lambda: len(played()) > before, seconds=60)
            numbers = sorted(int(number.split("-")[0]) for number in played())
            assert numbers == list(range(1, len(numbers) + 1))
