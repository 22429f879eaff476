-- One row per campaign with a visible touch.
--
-- DuckDB has no error function: the tail of the normal distribution is a series near the middle and a continued
-- fraction outside (Abramowitz & Stegun 1964, 7.1.6 and 7.1.14).

with

firsts as (
    select
        campaign_id,
        customer_key,
        min(cast(touched_at at time zone run.timezone as date)) as day,
        first(arm order by touched_at, arm desc) as arm,
        max(coalesce(opened, false)) as opened,
        max(coalesce(clicked, false)) as clicked,
        max(coalesce(cast(responded_at at time zone run.timezone as date) <= run.as_of, false)) as responded
    from fct_campaign_touch
    cross join run
    where customer_key is not null
    group by campaign_id, customer_key
),

bought as (
    select
        firsts.campaign_id,
        firsts.customer_key,
        count(fct_sale.order_id) filter (where not fct_sale.is_return) > 0 as ordered,
        coalesce(sum(fct_sale.net_amount), 0) as net_sales,
        coalesce(sum(fct_sale.net_amount), 0) - coalesce(sum(fct_sale.cost_amount), 0) as profit
    from firsts
    left join fct_sale
        on fct_sale.customer_key = firsts.customer_key
        and fct_sale.ordered_on between firsts.day and firsts.day + 14
    group by all
),

sums as (
    select
        touches.campaign_id,
        count(*) filter (where arm = 'treatment') as touched,
        count(*) filter (where arm = 'control') as control,
        count(*) filter (where arm = 'treatment' and opened) as opened,
        count(*) filter (where arm = 'treatment' and clicked) as clicked,
        count(*) filter (where arm = 'treatment' and responded) as responded,
        count(*) filter (where arm = 'treatment' and ordered) as buyers_treatment,
        count(*) filter (where arm = 'control' and ordered) as buyers_control,
        coalesce(sum(net_sales) filter (where arm = 'treatment'), 0) as sales_t,
        coalesce(sum(net_sales) filter (where arm = 'control'), 0) as sales_c,
        coalesce(sum(profit) filter (where arm = 'treatment'), 0) as profit_t,
        coalesce(sum(profit) filter (where arm = 'control'), 0) as profit_c
    from (select distinct campaign_id from fct_campaign_touch) as touches
    left join firsts using (campaign_id)
    left join bought using (campaign_id, customer_key)
    group by all
),

rates as (
    select
        sums.*,
        coalesce(dim_campaign.cost_amount, 0) as cost_amount,
        buyers_treatment / nullif(touched, 0) as pt,
        buyers_control / nullif(control, 0) as pc,
        (buyers_treatment + buyers_control) / nullif(touched + control, 0) as pooled,
        money_per(sales_t * control - sales_c * touched, control) as incremental_net_sales,
        money_per(profit_t * control - profit_c * touched, control) as incremental_profit
    from sums
    left join dim_campaign using (campaign_id)
),

tests as (
    select
        rates.*,
        sqrt(pt * (1 - pt) / nullif(touched, 0) + pc * (1 - pc) / nullif(control, 0)) as wald,
        abs(pt - pc)
        / nullif(sqrt(pooled * (1 - pooled) * (1 / nullif(touched, 0) + 1 / nullif(control, 0))), 0) / sqrt(2) as x
    from rates
)

select
    campaign_id,
    touched,
    control,
    opened,
    clicked,
    responded,
    opened / nullif(touched, 0) as open_rate,
    clicked / nullif(touched, 0) as click_rate,
    responded / nullif(touched, 0) as response_rate,
    buyers_treatment,
    buyers_control,
    pt as conversion_treatment,
    pc as conversion_control,
    pt - pc as uplift,
    pt - pc - 1.959963984540054 * wald as uplift_lower_95,
    pt - pc + 1.959963984540054 * wald as uplift_upper_95,
    case
        when x < 2.5 then
            1 - 2 / sqrt(pi()) * exp(-x * x) * list_sum([
                x * (2 * x * x) ** n / list_product([2.0 * k + 1 for k in range(n + 1)]) for n in range(60)
            ])
        else
            exp(-x * x) / sqrt(pi()) / list_reduce(
                list_concat([x], [k / 2.0 for k in range(100, 0, -1)]), lambda tail, k: x + k / tail)
    end as p_value,
    money_per(sales_t, touched) as spend_per_customer_treatment,
    money_per(sales_c, control) as spend_per_customer_control,
    incremental_net_sales,
    incremental_profit,
    cost_amount,
    cast(incremental_profit - cost_amount as double) / cast(nullif(cost_amount, 0) as double) as roi
from tests
