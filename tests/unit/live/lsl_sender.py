"""Another process that sends an IMU over LSL: python lsl_sender.py NAME SOURCE_ID RATE LABELS."""

from __future__ import annotations

import sys
import time

import numpy as np
import pylsl


def main() -> None:
    name, source_id, rate_hz, described = sys.argv[1], sys.argv[2], float(sys.argv[3]), sys.argv[4]
    info = pylsl.StreamInfo(name, "IMU", 6, rate_hz, pylsl.cf_float32, source_id)
    if described == "g":
        channels = info.desc().append_child("channels")
        for label, unit in zip(
            ("acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z"),
            ("g", "g", "g", "deg/s", "deg/s", "deg/s"),
            strict=True,
        ):
            channel = channels.append_child("channel")
            channel.append_child_value("label", label)
            channel.append_child_value("unit", unit)
    outlet = pylsl.StreamOutlet(info, chunk_size=4)
    start, sent = pylsl.local_clock(), 0
    print("ready", flush=True)
    while True:
        due = int((pylsl.local_clock() - start) * rate_hz)
        for n in range(sent, due):
            swing = np.sin(2 * np.pi * n / rate_hz)
            outlet.push_sample([0.1 * swing, 0.0, 1.0, 10.0 * swing, 0.0, n % 1000 / 10])
        sent = max(sent, due)
        time.sleep(0.005)


if __name__ == "__main__":
    main()
