"""Lifetime models from their published parameters: likelihoods, probabilities to be alive, expected purchases.

In other forms than the usual closed ones: expectations and the likelihood of Pareto/NBD are integrals over what the
models leave open (a customer's dropout probability, the moment of death), by quadrature. Time is in weeks.
"""

import json
from math import cosh, exp, expm1, lgamma, log, log1p, pi, sinh, sqrt

def uniform_nodes(step=1 / 12, reach=4.0):
    """Points of (0, 1) with weights for integrals over it, thickest at both ends (Takahasi & Mori 1974)."""
    nodes = []
    for i in range(int(-reach / step), int(reach / step) + 1):
        u = i * step
        p = 1 / (1 + exp(-pi * sinh(u)))
        nodes.append((p, p / (1 + exp(pi * sinh(u))) * pi * cosh(u) * step))
    return nodes


def beta_nodes(a, b):
    """Points of (0, 1) with weights under a beta distribution, for functions that are 0 at both ends.

    Equal steps of the log odds, a part of their standard deviation: the rule of the trapezoid gains digits with every
    one of them, since all dies away on both sides."""
    scale = lgamma(a + b) - lgamma(a) - lgamma(b)
    step = min(0.3, 0.4 * sqrt(1 / a + 1 / b))
    nodes = []
    for direction in (1, -1):
        i = 0 if direction == 1 else -1
        best = None
        while True:
            odds = log((a + 1) / (b + 1)) + i * step
            low = -log1p(exp(-odds)) if odds > 0 else odds - log1p(exp(odds))   # log p
            high = low - odds                                                    # log (1 - p)
            weight = scale + a * low + b * high + log(step)
            reached = weight + low + high
            best = reached if best is None else max(best, reached)
            if reached < best - 42:
                break
            nodes.append((exp(low), exp(weight)))
            i += direction
    if min(a, b) > 1:
        # All mass is here: its sum is surer than the difference of large logarithms.
        total = sum(weight for _, weight in nodes)
        nodes = [(p, weight / total) for p, weight in nodes]
    return nodes


class BetaGeometric:
    """BG/NBD (Fader, Hardie & Lee 2005), or MBG/NBD (Batislam, Denizel & Filiztekin 2007): a customer may also drop out
    at once, so that there is one more chance to drop out than repeat purchases."""

    def __init__(self, parameters, at_once):
        self.r, self.alpha, self.a, self.b = (parameters[name] for name in ("r", "alpha", "a", "b"))
        self.at_once = at_once
        self.nodes = {}

    def chances(self, x):
        return x + 1 if self.at_once else x

    def log_parts(self, x, t_x, t):
        """Log-likelihoods of the history together with being alive, and with having dropped out after the last purchase."""
        r, alpha, a, b, n = self.r, self.alpha, self.a, self.b, self.chances(x)
        rate = lgamma(r + x) - lgamma(r) + r * log(alpha)
        beta = lambda p, q: lgamma(p) + lgamma(q) - lgamma(p + q)
        alive = beta(a, b + n) - beta(a, b) + rate - (r + x) * log(alpha + t)
        # of beta(a + 1, b + n - 1) and beta(a, b + n) only the ratio is sure where a and b are large
        gone = alive + log(a / (b + n - 1)) + (r + x) * log1p((t - t_x) / (alpha + t_x)) if n else None
        return alive, gone

    def expected_if_alive(self, x, t, ahead):
        """The mean of (1 - exp(-rate p ahead)) / p over the rate and the dropout probability p that the history leaves."""
        if x not in self.nodes:
            self.nodes[x] = beta_nodes(self.a, self.b + self.chances(x))
        share, power = ahead / (self.alpha + t), self.r + x
        # The straight line between p = 0 and p = 1 apart: a distribution can have nearly all of its mass at an end.
        b = self.b + self.chances(x)
        stays, leaves, mean = power * share, -expm1(-power * log1p(share)), self.a / (self.a + b)
        line = stays + (leaves - stays) * mean
        return line + sum(
            (-expm1(-power * log1p(p * share)) / p - stays - (leaves - stays) * p) * weight for p, weight in self.nodes[x])


class ParetoNbd:
    """Pareto/NBD (Schmittlein, Morrison & Colombo 1987): death comes at a rate of its own."""

    def __init__(self, parameters):
        self.r, self.alpha, self.s, self.beta = (parameters[name] for name in ("r", "alpha", "s", "beta"))
        self.nodes = uniform_nodes()

    def log_parts(self, x, t_x, t):
        r, alpha, s, beta = self.r, self.alpha, self.s, self.beta
        both = lgamma(r + x) - lgamma(r) + r * log(alpha) + s * log(beta)
        alive = both - (r + x) * log(alpha + t) - s * log(beta + t)
        if t <= t_x:
            return alive, None
        # dying at some moment between the last purchase and now
        died = sum(
            weight * exp((r + x) * log((alpha + t_x) / (alpha + at)) + (s + 1) * log((beta + t_x) / (beta + at)))
            for weight, at in ((weight, t_x + p * (t - t_x)) for p, weight in self.nodes))
        gone = both + log(s * (t - t_x) * died) - (r + x) * log(alpha + t_x) - (s + 1) * log(beta + t_x)
        return alive, gone

    def expected_if_alive(self, x, t, ahead):
        """The mean of rate / death rate · (1 - exp(-death rate · ahead)); both rates are gamma after the history."""
        s, beta = self.s, self.beta
        rate = (self.r + x) / (self.alpha + t)
        grown = log1p(ahead / (beta + t))
        # (1 - grown^(1-s)) / (s - 1), also near s = 1
        z = (1 - s) * grown
        return rate * (beta + t) * (grown * (expm1(z) / z if abs(z) > 1e-12 else 1 + z / 2))


def model(name, parameters):
    parameters = json.loads(parameters)
    if name == "pareto_nbd":
        return ParetoNbd(parameters)
    return BetaGeometric(parameters, at_once=name == "mbg_nbd")


def log_likelihood(parts):
    alive, gone = parts
    return alive if gone is None else max(alive, gone) + log1p(exp(-abs(alive - gone)))


def p_alive(parts):
    alive, gone = parts
    if gone is None:
        return 1.0
    return 1 / (1 + exp(gone - alive)) if gone - alive < 700 else 0.0


def tables(db, models, discount_rate):
    """Writes `lifetime` (what the chosen model says of each history) and `model_likelihood` (of every lifetime model).

    `histories` has purchase_days, span_days, tenure_days and customers, one row per distinct history."""
    histories = db.execute("select purchase_days, span_days, tenure_days, customers from histories order by all").fetchall()
    db.execute("create or replace table model_likelihood (model varchar, log_likelihood double)")
    db.execute("""create or replace table lifetime (purchase_days bigint, span_days bigint, tenure_days bigint, p_alive double,
        orders_90d double, orders_365d double, discounted_12m double, discounted_36m double)""")
    for name, parameters, chosen in models:
        fitted = model(name, parameters)
        total, rows, outlooks = 0.0, [], {}
        for purchase_days, span_days, tenure_days, customers in histories:
            x, t_x, t = purchase_days - 1, span_days / 7, tenure_days / 7
            parts = fitted.log_parts(x, t_x, t)
            total += customers * log_likelihood(parts)
            if not chosen:
                continue
            if (x, t) not in outlooks:
                months = [0.0] + [fitted.expected_if_alive(x, t, m * 365 / 84) for m in range(1, 37)]
                worth = [(months[m] - months[m - 1]) / (1 + discount_rate) ** m for m in range(1, 37)]
                outlooks[x, t] = (fitted.expected_if_alive(x, t, 90 / 7), months[12], sum(worth[:12]), sum(worth))
            alive = p_alive(parts)
            rows.append((purchase_days, span_days, tenure_days, alive, *(alive * value for value in outlooks[x, t])))
        db.execute("insert into model_likelihood values (?, ?)", [name, total])
        for start in range(0, len(rows), 500):
            some = rows[start:start + 500]
            text = ", ".join("(" + ", ".join(repr(value) for value in row) + ")" for row in some)
            db.execute(f"insert into lifetime values {text}")
