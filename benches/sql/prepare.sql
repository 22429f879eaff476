-- What several marts read, made once.

-- One row per order line with its product, and the day and hour in the pipeline's zone.
create table line as
select
    fct_sale.order_id,
    fct_sale.customer_key,
    strftime(fct_sale.ordered_on, '%Y-%m') as month,
    fct_sale.ordered_on,
    isodow(fct_sale.ordered_on) as weekday,
    case hour(fct_sale.ordered_at at time zone run.timezone) // 6
        when 0 then 'night' when 1 then 'morning' when 2 then 'afternoon' else 'evening'
    end as daypart,
    dim_product.category,
    dim_product.brand,
    fct_sale.channel,
    fct_sale.region,
    fct_sale.is_return,
    fct_sale.quantity,
    fct_sale.gross_amount,
    fct_sale.discount_amount,
    fct_sale.net_amount,
    fct_sale.cost_amount,
    fct_sale.shipping_amount
from fct_sale
cross join run
left join dim_product on dim_product.product_id = fct_sale.product_id;

-- One row per treatment touch with its share of the campaign's cost, in whole cents.
create table promotion as
with
touches as (
    select
        fct_campaign_touch.customer_key,
        cast(fct_campaign_touch.touched_at at time zone run.timezone as date) as day,
        cast(coalesce(dim_campaign.cost_amount, 0) * 100 as bigint) as cents,
        count(*) over (partition by fct_campaign_touch.campaign_id) as touches,
        row_number() over (
            partition by fct_campaign_touch.campaign_id
            order by fct_campaign_touch.touched_at, fct_campaign_touch.customer_key nulls last
        ) as place
    from fct_campaign_touch
    cross join run
    left join dim_campaign on dim_campaign.campaign_id = fct_campaign_touch.campaign_id
    where fct_campaign_touch.arm = 'treatment'
)

select
    customer_key,
    day,
    (cents - (cents % touches + touches) % touches) // touches
    + case when place <= (cents % touches + touches) % touches then 1 else 0 end as cents
from touches;

-- One row per customer and day with anything but a line: what it cost or how often it was.
create table contact_day as
select customer_key, day, sum(case_cost) as case_cost, sum(interactions) as interactions, sum(cents) as promotion_cents
from (
    select
        customer_key,
        cast(opened_at at time zone run.timezone as date) as day,
        coalesce(
            handling_cost,
            (select max(round(unit_cost, 2)) from cost_rate where driver = 'service_case'),
            0
        ) as case_cost,
        0 as interactions,
        0 as cents
    from fct_service_case
    cross join run
    union all
    select customer_key, cast(occurred_at at time zone run.timezone as date), 0, 1, 0 from fct_interaction cross join run
    union all
    select customer_key, day, 0, 0, cents from promotion
) as contacts
group by customer_key, day;

-- One row per month and every subset of category, channel and region, with what the cube and the performance report show.
create table sales_cell as
select
    month,
    category,
    channel,
    region,
    grouping(category, channel, region) as rolled_up,
    count(distinct case when not is_return then order_id end) as orders,
    count(distinct case when not is_return then customer_key end) as customers,
    coalesce(sum(quantity), 0) as units,
    coalesce(sum(gross_amount), 0) as gross_sales,
    coalesce(sum(discount_amount), 0) as discounts,
    coalesce(sum(net_amount), 0) as net_sales,
    coalesce(sum(cost_amount), 0) as cost_of_goods
from (
    select
        month,
        case category when 'All' then '(All)' else coalesce(category, '(unknown)') end as category,
        case channel when 'All' then '(All)' else coalesce(channel, '(unknown)') end as channel,
        case region when 'All' then '(All)' else coalesce(region, '(unknown)') end as region,
        * exclude (month, category, channel, region)
    from line
) as lines
group by month, cube (category, channel, region);
