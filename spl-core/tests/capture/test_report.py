"""The report says what was taken along."""

from __future__ import annotations

from spl.core.capture.report import CaptureReport, size

REPORT = CaptureReport(
    functions=("main:f",),
    constants=(("K", "main", 3),),
    modules=(("main", "main.py", 2048),),
    files=(("pkg/data.json", 12),),
    distributions=("numpy==2.1.0",),
    constraints=("six==1.16",),
    warnings=("large",),
    notes=("state",),
)


def test_a_report_travels_as_json():
    assert CaptureReport.from_json(REPORT.to_json()) == REPORT
    assert CaptureReport.from_json({**REPORT.to_json(), "of_tomorrow": [1]}) == REPORT


def test_a_report_reads_line_by_line():
    assert str(REPORT).splitlines() == [
        "functions: main:f",
        "constants: K (3 B)",
        "modules: main.py (2.0 KiB)",
        "files: pkg/data.json (12 B)",
        "pins: numpy==2.1.0",
        "constraints: 1 more distributions",
        "warning: large",
        "note: state",
    ]


def test_sizes_are_said_in_words():
    assert [size(count) for count in (0, 1023, 1024, 5 * 1024 * 1024)] == ["0 B", "1023 B", "1.0 KiB", "5.0 MiB"]
