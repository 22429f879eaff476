-- One row per fitted model and snapshot; a model that could not be fitted is not here.

with

fitted as (
    select
        'mbg_nbd' as model,
        concat(
            '{"r": ', mbg_nbd['r'], ', "alpha": ', mbg_nbd['alpha'], ', "a": ', mbg_nbd['a'], ', "b": ', mbg_nbd['b'], '}'
        ) as parameters,
        mbg_nbd['log_likelihood'] as log_likelihood,
        mbg_nbd['customers'] as customers
    from work.lifetime_fit
    union all
    select
        'bg_nbd' as model,
        concat(
            '{"r": ', bg_nbd['r'], ', "alpha": ', bg_nbd['alpha'], ', "a": ', bg_nbd['a'], ', "b": ', bg_nbd['b'], '}'
        ) as parameters,
        bg_nbd['log_likelihood'] as log_likelihood,
        bg_nbd['customers'] as customers
    from work.lifetime_fit
    union all
    select
        'pareto_nbd' as model,
        concat(
            '{"r": ', pareto_nbd['r'],
            ', "alpha": ', pareto_nbd['alpha'],
            ', "s": ', pareto_nbd['s'],
            ', "beta": ', pareto_nbd['beta'],
            '}'
        ) as parameters,
        pareto_nbd['log_likelihood'] as log_likelihood,
        pareto_nbd['customers'] as customers
    from work.lifetime_fit
    union all
    select
        'gamma_gamma' as model,
        concat(
            '{"p": ', gamma_gamma['p'], ', "q": ', gamma_gamma['q'], ', "gamma": ', gamma_gamma['gamma'], '}'
        ) as parameters,
        gamma_gamma['log_likelihood'] as log_likelihood,
        gamma_gamma['customers'] as customers
    from work.order_value_fit
)

select
    $as_of as as_of,
    model,
    parameters,
    log_likelihood,
    customers,
    model = 'gamma_gamma' or model = $lifetime_model as chosen
from fitted
where log_likelihood is not null
