-- One row per month and band of the discount.

with

shares as (
    select
        fct_sale.*,
        case
            when coalesce(gross_amount, 0) = 0 or coalesce(discount_amount, 0) = 0 then 0
            when sign(gross_amount) <> sign(discount_amount) then 0
            when abs(discount_amount) <= 0.1 * abs(gross_amount) then 1
            when abs(discount_amount) <= 0.2 * abs(gross_amount) then 2
            when abs(discount_amount) <= 0.3 * abs(gross_amount) then 3
            else 4
        end as band
    from fct_sale
)

select
    strftime(ordered_on, '%Y-%m') as month,
    ['0', '<=10%', '<=20%', '<=30%', '>30%'][band + 1] as discount_band,
    count(*) filter (where not is_return) as lines,
    coalesce(sum(quantity), 0) as units,
    coalesce(sum(net_amount), 0) as net_sales,
    coalesce(sum(net_amount), 0) - coalesce(sum(cost_amount), 0) as gross_profit,
    cast(coalesce(sum(net_amount), 0) - coalesce(sum(cost_amount), 0) as double)
    / cast(nullif(sum(net_amount), 0) as double) as margin_rate
from shares
group by all
