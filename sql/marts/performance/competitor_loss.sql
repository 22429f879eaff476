-- One row per month of the loss, competitor, category and reason.

with

losses as (
    select
        to_char(opportunity.closed_on, '%Y-%m') as month,
        coalesce(case when opportunity.competitor = 'All' then '(All)' else opportunity.competitor end, '(unknown)')
            as competitor,
        coalesce(case when product.category = 'All' then '(All)' else product.category end, '(unknown)') as category,
        coalesce(case when opportunity.lost_reason = 'All' then '(All)' else opportunity.lost_reason end, '(unknown)')
            as lost_reason,
        opportunity.amount
    from core.opportunity as opportunity
    left join core.product as product on opportunity.product_id = product.product_id
    where opportunity.outcome = 'lost' and opportunity.closed_on <= $as_of
)

select
    month,
    competitor,
    category,
    lost_reason,
    count(*) as opportunities,
    cast(coalesce(sum(amount), 0) as decimal(38, 2)) as amount
from losses
group by month, competitor, category, lost_reason
