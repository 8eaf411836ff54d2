"""Chance: coins and dice tossed, how frequencies settle, Bayes' rule, expectation and variance."""

import torch


def counts(probabilities, tosses):
    """How often each outcome comes up."""
    drawn = torch.multinomial(probabilities, tosses, replacement=True)
    return torch.zeros(probabilities.shape).scatter_add_(-1, drawn, torch.ones_like(drawn).type_as(probabilities))


torch.manual_seed(3)
print("-- a fair coin")
heads = sum(torch.rand(()).item() > 0.5 for _ in range(100))
print(heads, 100 - heads)
fair = torch.tensor([0.5, 0.5])
print(counts(fair, 100), counts(fair, 100) / 100, counts(fair, 10000) / 10000, sep="\n")

print("-- a loaded die")
die = torch.tensor([0.1, 0.1, 0.1, 0.1, 0.2, 0.4])
print(counts(die, 6000) / 6000)
print((die >= 0).all(), torch.all(die.lt(1)), (die.sum() - 1).abs() < 1e-6, die.dim())

print("-- frequencies settle")
tosses = torch.multinomial(fair, 2000, replacement=True)
each = torch.zeros(2000, 2).scatter_add_(1, tosses.reshape(-1, 1), torch.ones(2000, 1))
running = each.cumsum(dim=0)
estimates = running / running.sum(dim=1, keepdims=True)
print(estimates[[9, 99, 999, 1999]])
print((estimates[500:] - 0.5).abs().max() < 0.1)

print("-- Bayes: a positive test of a rare condition")
prior = torch.tensor([0.9985, 0.0015])
positive = torch.tensor([[0.01, 0.03], [1.0, 0.98]])  # of two tests: without and with the condition
joint = prior.reshape(2, 1) * positive
posterior = joint / joint.sum(dim=0)
print(joint, posterior[1], sep="\n")
both = prior * positive.permute(1, 0).T[:, 0] * positive[:, 1]
print((both / both.sum())[1])

print("-- expectation, variance, surprise")
gains = torch.tensor([0.0, 2.0, 10.0])
chances = torch.tensor([0.5, 0.4, 0.1])
mean = (gains * chances).sum()
variance = (chances * (gains - mean) ** 2).sum()
print(mean, variance, variance**0.5, -(chances * torch.log(chances)).sum())
samples = gains[torch.multinomial(chances, 20000, replacement=True)]
print(samples.mean(), samples.var(), samples.std())
print(samples.type(torch.int64).remainder(4).sum())

print("-- covariance of two that move together")
points = torch.normal(0.0, 1.0, (5000, 2)) @ torch.tensor([[2.0, 1.0], [0.0, 0.5]])
centred = points - points.mean(dim=0)
print(centred.T @ centred / len(points))
