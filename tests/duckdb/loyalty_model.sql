-- One row per fitted model on as_of: the log-likelihood and the customers that go with the published parameters.

with

spending as (
    select
        count(distinct ordered_on) as n,
        cast(sum(net_amount) as double) / count(distinct ordered_on) as z
    from fct_sale
    where not is_return and customer_key is not null
    group by customer_key
),

spenders as (
    select * from spending where n >= 2 and z > 0
),

spending_likelihood as (
    select
        sum(
            lgamma(p * n + q) - lgamma(p * n) - lgamma(q) + q * ln(gamma) + (p * n - 1) * ln(z) + p * n * ln(n)
            - (p * n + q) * ln(gamma + n * z)
        ) as log_likelihood,
        count(*) as customers
    from spenders
    cross join gamma_gamma
),

buyers as (
    select coalesce(sum(customers), 0) as customers from histories
)

select
    run.as_of,
    published_model.model,
    published_model.parameters,
    coalesce(model_likelihood.log_likelihood, spending_likelihood.log_likelihood) as log_likelihood,
    case
        when published_model.model = 'gamma_gamma' then spending_likelihood.customers else buyers.customers
    end as customers,
    published_model.model = 'gamma_gamma' or published_model.model = run.lifetime_model as chosen
from published_model
cross join run
cross join buyers
cross join spending_likelihood
left join model_likelihood on model_likelihood.model = published_model.model
