-- One row per month, customer and product category with a line.

select
    strftime(fct_sale.ordered_on, '%Y-%m') as month,
    coalesce(fct_sale.customer_key, '(unknown)') as customer_key,
    case dim_product.category when 'All' then '(All)' else coalesce(dim_product.category, '(unknown)') end as category,
    coalesce(sum(fct_sale.net_amount), 0) as net_sales,
    coalesce(sum(fct_sale.cost_amount), 0) as cost_of_goods,
    coalesce(sum(fct_sale.net_amount), 0) - coalesce(sum(fct_sale.cost_amount), 0) as gross_profit
from fct_sale
left join dim_product on dim_product.product_id = fct_sale.product_id
group by 1, 2, 3
