-- One row per month of the loss, competitor, category and reason.

select
    strftime(closed_on, '%Y-%m') as month,
    case competitor when 'All' then '(All)' else coalesce(competitor, '(unknown)') end as competitor,
    case category when 'All' then '(All)' else coalesce(category, '(unknown)') end as category,
    case lost_reason when 'All' then '(All)' else coalesce(lost_reason, '(unknown)') end as lost_reason,
    count(*) as opportunities,
    coalesce(sum(amount), 0) as amount
from fct_opportunity
cross join run
left join dim_product on dim_product.product_id = fct_opportunity.product_id
where outcome = 'lost' and closed_on <= run.as_of
group by 1, 2, 3, 4
