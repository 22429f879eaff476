"""Persons with duplicates, the truth beside them: `python3 benches/persons.py --records 1000000 --out persons.csv`.

About two in five records are a second or third record of a person, with the troubles of real ones: letters swapped, left
out and put in, given and family name the wrong way round, days misread, e-mail addresses and cities missing or changed.
Names follow a Zipf distribution, as people's do, so that some are shared by many.
"""

import argparse
import csv
import random

CITIES = [
    "London", "Birmingham", "Leeds", "Glasgow", "Sheffield", "Bradford", "Liverpool", "Edinburgh", "Manchester", "Bristol",
    "Wakefield", "Cardiff", "Coventry", "Nottingham", "Leicester", "Sunderland", "Belfast", "Newcastle", "Brighton", "Hull",
    "Plymouth", "Stoke", "Wolverhampton", "Derby", "Swansea", "Southampton", "Salford", "Aberdeen", "Westminster", "York",
]
START = ["b", "br", "c", "ch", "d", "f", "g", "gr", "h", "j", "k", "l", "m", "n", "p", "r", "s", "st", "t", "th", "v", "w"]
MIDDLE = ["a", "e", "i", "o", "u", "ai", "ea", "ie", "oo", "y"]
END = ["", "n", "r", "s", "l", "nd", "rt", "m", "ck", "son", "ton", "ley", "field", "well"]


def word(chance, syllables):
    text = "".join(chance.choice(START) + chance.choice(MIDDLE) for _ in range(syllables))
    return (text + chance.choice(END)).capitalize()


def words(chance, count, syllables):
    found = {}
    while len(found) < count:
        found[word(chance, syllables)] = None
    weights, total = [], 0.0
    for rank in range(1, count + 1):
        total += 1 / (rank + 10) ** 0.9
        weights.append(total)
    return list(found), weights


def mistyped(chance, text):
    if len(text) < 2:
        return text
    at = chance.randrange(len(text) - 1)
    kind = chance.randrange(4)
    letter = chance.choice("abcdefghijklmnopqrstuvwxyz")
    if kind == 0:
        return text[:at] + text[at + 1] + text[at] + text[at + 2:]
    if kind == 1:
        return text[:at] + text[at + 1:]
    if kind == 2:
        return text[:at] + letter + text[at:]
    return text[:at] + letter + text[at + 1:]


def day(chance):
    return f"{chance.randint(1935, 2006)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"


def another(chance, person):
    given, family, birth, city, postcode, email = person
    if chance.random() < 0.25:
        given = mistyped(chance, given)
    if chance.random() < 0.2:
        family = mistyped(chance, family)
    if chance.random() < 0.05:
        given, family = family, given
    if chance.random() < 0.15:
        part = chance.randrange(3)
        year, month, date = birth.split("-")
        if part == 0:
            year = str(int(year) + chance.choice([-10, -1, 1, 10]))
        elif part == 1:
            month = f"{chance.randint(1, 12):02}"
        else:
            date = f"{chance.randint(1, 28):02}"
        birth = f"{year}-{month}-{date}"
    if chance.random() < 0.2:
        city, postcode = chance.choice(CITIES), f"{chance.randint(0, 9999):04}"
    if chance.random() < 0.15:
        email = mistyped(chance, email)
    elif chance.random() < 0.2:
        email = ""
    if chance.random() < 0.05:
        given = ""
    if chance.random() < 0.05:
        birth = ""
    if chance.random() < 0.1:
        city = ""
    return given, family, birth, city, postcode, email


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    chance = random.Random(given.seed)
    firsts, first_weights = words(chance, 4_000, 2)
    lasts, last_weights = words(chance, 20_000, 3)
    rows, cluster = [], 0
    while len(rows) < given.records:
        first = chance.choices(firsts, cum_weights=first_weights)[0]
        last = chance.choices(lasts, cum_weights=last_weights)[0]
        email = f"{first.lower()}.{last.lower()}{chance.randint(1, 999)}@{chance.choice(lasts).lower()}.example"
        person = (first, last, day(chance), chance.choice(CITIES), f"{chance.randint(0, 9999):04}", email)
        rows.append((*person, cluster))
        while chance.random() < 0.4 and len(rows) < given.records:
            rows.append((*another(chance, person), cluster))
        cluster += 1
    chance.shuffle(rows)
    with open(given.out, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["unique_id", "first_name", "surname", "dob", "city", "postcode", "email", "cluster"])
        writer.writerows((number, *row) for number, row in enumerate(rows))


if __name__ == "__main__":
    main()
