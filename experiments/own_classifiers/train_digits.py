#!/usr/bin/env python3
"""Trains a weak and a strong classifier on scikit-learn's digits and writes what `edgesweep prepare` reads.

    experiments/own_classifiers/train_digits.py -o results/own_classifiers/logits.npz
    experiments/own_classifiers/train_digits.py -o results/own_study/logits.npz --folds 3

Weak: logistic regression on 16 averages of 2 x 2 pixels. Strong: a support vector machine on all 64 pixels. Both see the
training images alone (two thirds); the logits of training images come from five-fold cross-validation, each from a
model that saw neither the image nor its shifted copies, because logits of images a model was trained on are surer
than those it meets later. Every image comes five times, as it is and shifted by a pixel to each side; all copies of an
image are on the same side of every split. With --folds, all logits are such cross-validated ones, and `split` deals the
images to so many folds, each of which may be the test images. Needs numpy and scikit-learn; the images come with the
latter.
"""
import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from needed_packages import need

need("numpy", "sklearn")

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

SEED = 1
SIZE = 8
SHIFTS = [(0, 0), (0, 1), (0, -1), (1, 0), (-1, 0)]
TRAINING, TEST = 1, 0  # in `split`; `edgesweep prepare --fold 0` tests on 0


def shifted(images, down, right):
    """(images, 8, 8) moved by a pixel, with an empty border."""
    bordered = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    return bordered[:, 1 - down : 1 - down + SIZE, 1 - right : 1 - right + SIZE]


def all_shifts(images):
    """The images, then all of them shifted one way, then the next: copies of an image have the same parity if their
    number is even, so that `prepare` fits and scores on different originals."""
    return np.concatenate([shifted(images, *shift) for shift in SHIFTS])


def averaged(pixels):
    """64 pixels to 16 averages of 2 x 2."""
    return pixels.reshape(-1, SIZE // 2, 2, SIZE // 2, 2).mean(axis=(2, 4)).reshape(len(pixels), -1)


def weak_classifier():
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))


def strong_classifier():
    return SVC(C=10, gamma=0.001, decision_function_shape="ovr")


def cross_validated_logits(classifier, features, labels, originals):
    """Logits of each training image by a model that never saw it or its shifted copies."""
    logits = np.empty((len(labels), 10))
    for train, left_out in GroupKFold(5).split(features, labels, originals):
        logits[left_out] = classifier().fit(features[train], labels[train]).decision_function(features[left_out])
    return logits


def logits_of(classifier, features, labels, originals, test_features):
    """Of the training images, then of the test images."""
    training = cross_validated_logits(classifier, features, labels, originals)
    return np.concatenate([training, classifier().fit(features, labels).decision_function(test_features)])


def pixels_and_labels(digits, originals):
    """All copies of these images, pixels in rows, with their labels."""
    pixels = all_shifts(digits.images[originals]).reshape(-1, SIZE * SIZE)
    return pixels, np.tile(digits.target[originals], len(SHIFTS))


def training_and_test(digits, order):
    """Weak and strong logits, labels and split of two thirds to train on and a third to test on."""
    training_count = 2 * (len(order) // 3)  # even
    training, test = order[:training_count], order[training_count:]
    pixels, labels = pixels_and_labels(digits, training)
    test_pixels, test_labels = pixels_and_labels(digits, test)
    originals = np.tile(training, len(SHIFTS))
    weak = logits_of(weak_classifier, averaged(pixels), labels, originals, averaged(test_pixels))
    strong = logits_of(strong_classifier, pixels, labels, originals, test_pixels)
    return weak, strong, np.concatenate([labels, test_labels]), np.repeat([TRAINING, TEST], [len(labels), len(test_labels)])


def in_folds(digits, order, folds):
    """The same of images that are dealt to folds. In every choice of a test fold the training images are an even number
    of originals, so that copies of one keep their parity."""
    order = order[: len(order) // (2 * folds) * (2 * folds)]
    pixels, labels = pixels_and_labels(digits, order)
    originals = np.tile(order, len(SHIFTS))
    weak = cross_validated_logits(weak_classifier, averaged(pixels), labels, originals)
    strong = cross_validated_logits(strong_classifier, pixels, labels, originals)
    return weak, strong, labels, np.tile(np.arange(len(order)) % folds, len(SHIFTS))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, required=True, help="logits to write (.npz)")
    parser.add_argument("--folds", type=int, default=0, metavar="N", help="deal the images to N folds")
    arguments = parser.parse_args()
    digits = load_digits()
    order = np.random.default_rng(SEED).permutation(len(digits.target))
    made = in_folds(digits, order, arguments.folds) if arguments.folds else training_and_test(digits, order)
    weak, strong, label, split = made
    for name, logits in (("weak", weak), ("strong", strong)):
        wrong = logits.argmax(axis=1) != label
        parts = sorted(set(split), reverse=not arguments.folds)  # training images before test images
        shares = [f"{wrong[split == part].mean():.4f} of {(split == part).sum()}" for part in parts]
        what = "of each fold, cross-validated" if arguments.folds else "training images, cross-validated, then test images"
        print(f"{name}: {', '.join(shares)} images wrong ({what})")
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(arguments.output, weak_logits=weak, strong_logits=strong, label=label, split=split)


if __name__ == "__main__":
    main()
