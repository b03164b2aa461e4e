from scipy import optimize, sparse, stats
from scipy.spatial.distance import cosine


def handler(event, context):
    return str(
        (
            optimize.brentq(lambda x: x - 1, 0, 2),
            sparse.eye(2).nnz,
            stats.norm.cdf(0),
            cosine([1, 0], [0, 1]),
        )
    )
