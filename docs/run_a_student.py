"""A COMODO student live, with numpy and onnxruntime alone: python run_a_student.py PACKAGE < imu"""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime


class Student:
    def __init__(self, package):
        self.contract = json.loads(Path(package, "contract.json").read_text("utf-8"))
        self.head = {name: np.array(value) for name, value in self.contract["head"].items()}
        self.model = onnxruntime.InferenceSession(Path(package, "student.onnx").read_bytes())

    def window(self, samples, start_s):  # (S, 6) at the student's rate, not aliased; None: no data
        want, band, t = self.contract["window"], self.contract["resampling"], samples[:, 0]
        steps = np.diff(np.clip(np.r_[-np.inf, t, np.inf], start_s, start_s + want["seconds"]))
        if steps[steps > want["max_gap_s"]].sum() > want["max_missing_share"] * want["seconds"]:
            return None
        apart = start_s + np.arange(want["samples"])[:, None] / want["rate_hz"] - t  # s, (S, T)
        cut_hz = min((band["passband_hz"] + band["stopband_hz"]) / 2, 0.5 / np.median(np.diff(t)))
        reach = apart * (band["stopband_hz"] - band["passband_hz"]) / 2  # the kernel ends at ± 1
        kernel = np.sinc(2 * cut_hz * apart) * np.i0(6 * np.sqrt(np.clip(1 - reach**2, 0, 1)))
        kernel *= (abs(reach) < 1) * np.gradient(t)  # a sample counts for the time it stands for
        return kernel / kernel.sum(axis=1, keepdims=True) @ samples[:, 1:]

    def say(self, window):  # the activity, or "unknown", and its probability
        head, limit, activities = self.head, self.contract["decision"], self.contract["activities"]
        embedding = self.model.run(None, {"windows": window[None].astype(np.float32)})[0][0]
        x = (embedding - head["mean"]) / head["scale"]
        cosines = head["prototypes"] @ x / np.linalg.norm(x)
        scores = cosines if head["kind"] == "prototype" else head["weights"] @ x + head["bias"]
        p = np.exp((scores - scores.max()) / limit["temperature"])
        p = [p[one["columns"]].sum() / p.sum() for one in activities]  # equal names are one
        known = max(p) >= limit["threshold"] and cosines.max() >= limit["novelty_floor"]
        return activities[np.argmax(p)]["label"] if known else "unknown", float(max(p))


if __name__ == "__main__":  # a line per sample: seconds, acc x, y, z in m/s², gyro x, y, z in rad/s
    student, samples = Student(sys.argv[1]), np.zeros((0, 7))  # the newest samples, at any rate
    for line in sys.stdin:
        samples = np.vstack([samples, np.array(line.split(","), float)])
        now_s, want = samples[-1, 0], student.contract["window"]
        if now_s - samples[0, 0] >= want["seconds"] + 1:  # a second more: the filter's run-up
            window = student.window(samples, now_s - want["seconds"])
            print(now_s, "no data" if window is None else student.say(window), flush=True)
            samples = samples[samples[:, 0] >= samples[0, 0] + want["stride_s"]]
