-- One row per dimension and number, with the label for reports and the value as it arrived.

select
    dimension,
    number,
    label,
    max(value) as value
from work.sale_dimension
group by dimension, number, label
