"""Reference values for the scores of tables, computed by scikit-learn 1.2 and SciPy 1.10.

Usage: python3 generate-scores.py OUT_DIR     (Debian's python3-sklearn is enough)

scores.json: by the name of each case its targets, its outputs row by row (which float32 holds exactly), and
its scores. Of the intervals, Wilson's are exact and the bootstrap's come from 20,000 draws.
"""
import json, os, sys
import numpy as np
from scipy.stats import binomtest, bootstrap
from sklearn.calibration import calibration_curve
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LinearRegression
from sklearn.metrics import (
    accuracy_score, balanced_accuracy_score, confusion_matrix, log_loss, mean_absolute_error,
    mean_squared_error, precision_recall_fscore_support, r2_score, roc_auc_score,
)

rng = np.random.default_rng(1)


def float32(x):
    return np.asarray(x, dtype=np.float32).astype(np.float64)


def classes(rows, shares, skill):
    """Targets with these shares, and probabilities that know something of them; some rows are alike."""
    count = len(shares)
    actual = np.concatenate([np.arange(count), rng.choice(count, size=rows - count, p=shares)])
    logits = rng.normal(size=(rows, count)) + np.log(shares)
    logits[np.arange(rows), actual] += skill
    logits[rows // 2:rows // 2 + 20] = logits[0]
    powers = np.exp(logits)
    p = float32(powers / powers.sum(axis=1, keepdims=True))
    said = p.argmax(axis=1)
    right = said == actual
    confidence = p.max(axis=1)
    accuracy, mean = calibration_curve(right, confidence, n_bins=10)
    bins = np.histogram(confidence, np.linspace(0, 1, 11))[0]
    precision, recall, f1, support = precision_recall_fscore_support(actual, said, zero_division=0)
    area = roc_auc_score(actual, p[:, 1]) if count == 2 else roc_auc_score(
        actual, p / p.sum(axis=1, keepdims=True), multi_class="ovr", average="macro")
    wilson = binomtest(int(right.sum()), rows).proportion_ci(method="wilson")
    return {
        "values": actual.tolist(),
        "outputs": p.flatten().tolist(),
        "scores": {
            "accuracy": accuracy_score(actual, said),
            "balancedAccuracy": balanced_accuracy_score(actual, said),
            "logLoss": -np.log(p[np.arange(rows), actual]).mean(),
            "rocAuc": area,
            "classes": [
                {"label": f"class {k}", "rows": int(support[k]), "recall": recall[k],
                 "precision": precision[k], "f1": f1[k]}
                for k in range(count)
            ],
            "calibration": [
                {"rows": int(n), "meanProbability": m, "accuracy": a}
                for n, m, a in zip(bins[bins > 0], mean, accuracy)
            ],
            "confusionMatrix": confusion_matrix(actual, said).tolist(),
        },
        "intervals": {"accuracy": [wilson.low, wilson.high]},
    }


def values(rows):
    actual = float32(50 + 12 * rng.normal(size=rows))
    outputs = float32(actual + 5 * rng.standard_t(5, size=rows))
    measures = {
        "r2": r2_score,
        "rmse": lambda a, b: mean_squared_error(a, b, squared=False),
        "mae": mean_absolute_error,
    }
    intervals = {}
    for name, measure in measures.items():
        result = bootstrap((actual, outputs), measure, paired=True, vectorized=False, n_resamples=20000,
                           method="percentile", random_state=1)
        intervals[name] = list(result.confidence_interval)
    return {
        "values": actual.tolist(),
        "outputs": outputs.tolist(),
        "scores": {name: measure(actual, outputs) for name, measure in measures.items()},
        "intervals": intervals,
    }


def importance(rows):
    """A linear model that is given, and what scikit-learn finds of each column in 2,000 shuffles."""
    x = float32(rng.normal(size=(rows, 3)) * [1, 2, 3])
    model = LinearRegression()
    model.coef_, model.intercept_ = np.array([3.0, 1.0, 0.0]), 2.0
    y = float32(model.predict(x) + rng.normal(size=rows))
    found = permutation_importance(model, x, y, n_repeats=2000, random_state=1)
    return {
        "x": x.tolist(),
        "y": y.tolist(),
        "kernel": model.coef_.tolist(),
        "bias": model.intercept_,
        "importance": found.importances_mean.tolist(),
        "deviation": found.importances_std.tolist(),
    }


cases = {
    "two classes": classes(200, [0.7, 0.3], 1.0),
    "four classes": classes(300, [0.6, 0.25, 0.12, 0.03], 1.5),
    "a class that is never said": classes(120, [0.5, 0.48, 0.02], 0.5),
    "values": values(200),
}
with open(os.path.join(sys.argv[1], "scores.json"), "w") as file:
    json.dump({"cases": cases, "importance": importance(100)}, file, separators=(",", ":"))
