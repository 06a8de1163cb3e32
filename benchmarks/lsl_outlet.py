"""An LSL outlet with a swinging IMU, until it is killed: for the benchmarks of Live.

python benchmarks/lsl_outlet.py RATE_HZ SOURCE_ID
"""

from __future__ import annotations

import sys
import time

import numpy as np
import pylsl


def main(rate_hz: float, source_id: str) -> None:
    """Send."""
    info = pylsl.StreamInfo("bench", "IMU", 6, rate_hz, pylsl.cf_float32, source_id)
    channels = info.desc().append_child("channels")
    for label in ("acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z"):
        channel = channels.append_child("channel")
        channel.append_child_value("label", label)
        channel.append_child_value("unit", "m/s^2" if label[0] == "a" else "rad/s")
    outlet, start, sent = pylsl.StreamOutlet(info), pylsl.local_clock(), 0
    while True:
        due = int((pylsl.local_clock() - start) * rate_hz)
        for n in range(sent, due):
            s = np.sin(2 * np.pi * 1.8 * n / rate_hz)
            outlet.push_sample([2 * s, s, 9.81 + 3 * s, 0.3 * s, 0.1, 0.2], start + n / rate_hz)
        sent = max(sent, due)
        time.sleep(0.002)


if __name__ == "__main__":
    main(float(sys.argv[1]), sys.argv[2])
