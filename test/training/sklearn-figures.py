"""Prints the figures that metrics.test.ts holds: scikit-learn's, on labels from a plain rule. Run: python3 FILE"""
import json
from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support

truth = [(i * i + i // 7) % 5 for i in range(60)]
predicted = [t if (i * 11) % 13 < 8 else (t + 1 + i % 3) % 6 for i, t in enumerate(truth)]
labels = list(range(6))
each = precision_recall_fscore_support(truth, predicted, labels=labels, zero_division=0)
mean = {a: precision_recall_fscore_support(truth, predicted, average=a, zero_division=0)[2] for a in ("weighted", "macro")}
print(json.dumps({
    "accuracy": accuracy_score(truth, predicted),
    "weighted": mean["weighted"], "macro": mean["macro"],
    "precision": list(each[0]), "recall": list(each[1]), "f1": list(each[2]), "support": [int(n) for n in each[3]],
    "confusion": confusion_matrix(truth, predicted, labels=labels).tolist(),
}))
