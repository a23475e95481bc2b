from trainstop.adapters.child_tree import memory_limit, oom_kills


def test_kills_are_added_over_both_kinds_of_control_groups(tmp_path):
    (tmp_path / "memory.events").write_text("low 0\noom 3\noom_kill 2\n")
    (tmp_path / "memory.oom_control").write_text("oom_kill_disable 0\nunder_oom 0\noom_kill 5\n")
    assert oom_kills([tmp_path / "memory.events", tmp_path / "memory.oom_control", tmp_path / "missing"]) == 7


def test_the_memory_limit_of_this_machine_is_known():
    assert 0 < memory_limit() < 1 << 50
