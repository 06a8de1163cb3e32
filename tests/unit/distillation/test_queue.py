from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from comodo_app.distillation.queue import InstanceQueue


def test_push_wraps_when_batch_does_not_divide_the_queue():
    queue = InstanceQueue(size=5, dim=1)
    for value in range(4):
        queue.push(torch.full((2, 1), float(value)))
    assert queue.entries.flatten().tolist() == [2.0, 3.0, 3.0, 1.0, 2.0]


@settings(deadline=None, max_examples=200)
@given(size=st.integers(1, 13), batches=st.lists(st.integers(0, 20), max_size=12))
def test_queue_holds_what_a_list_of_the_last_k_would_hold(size, batches):
    queue, plain, value = InstanceQueue(size=size, dim=2), [], 0.0
    for n in batches:
        rows = [[value + i, -value - i] for i in range(n)]
        value += n
        queue.push(torch.tensor(rows).reshape(n, 2))
        plain = (plain + rows)[-size:]
    assert len(queue) == len(plain)
    assert sorted(queue.keys().tolist()) == sorted(plain)
    # Oldest first, when read from the place that is written next.
    if len(plain) == size:
        place = int(queue.state[0])
        assert queue.entries.roll(-place, 0).tolist() == plain


def test_queue_survives_a_state_dict_round_trip_with_its_write_position():
    queue = InstanceQueue(size=3, dim=1)
    queue.push(torch.tensor([[1.0], [2.0]]))
    copy = InstanceQueue(size=3, dim=1)
    copy.load_state_dict(queue.state_dict())
    for each in (queue, copy):
        each.push(torch.tensor([[3.0], [4.0]]))
    assert copy.entries.tolist() == queue.entries.tolist() == [[4.0], [2.0], [3.0]]


def test_queue_keeps_no_gradient_of_what_is_pushed():
    queue = InstanceQueue(size=3, dim=1)
    queue.push(torch.ones(2, 1, requires_grad=True))
    assert not queue.keys().requires_grad
