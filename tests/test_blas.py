"""One BLAS thread while anybody computes, and as it was afterwards."""

from threadpoolctl import threadpool_info

from surrogate.blas import one_thread


def threads() -> list[int]:
    return [
        library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"
    ]


def test_nested_computations_share_one_limit_that_ends_with_the_last() -> None:
    before = threads()
    with one_thread():
        with one_thread():
            assert set(threads()) == {1}
        assert set(threads()) == {1}
    assert threads() == before
