-- One row per customer with an order: the cluster of similar buyers.
--
-- Clusters are numbered by falling mean net sales. The label says on which side of all buyers' mean the cluster's centre
-- lies.

with

assigned as (
    select
        buyers.customer_no,
        buyers.net_sales,
        kmeans_assign(fits.clusters['centres'], buyers.features) as centre_no
    from work.buyer_cluster_fit as fits
    cross join work.buyer_feature as buyers
    where fits.clusters['k'] is not null
),

sizes as (
    select
        centre_no,
        cast(sum(net_sales) as double) / cast(count(*) as double) as mean_net_sales
    from assigned
    group by centre_no
),

numbered as (
    select
        centre_no,
        cast(row_number() over (order by mean_net_sales desc, centre_no) as integer) as cluster_id
    from sizes
),

labelled as (
    select
        numbered.centre_no,
        numbered.cluster_id,
        concat(
            numbered.cluster_id, ': ',
            case when fits.clusters['centres'][numbered.centre_no][1] < 0 then 'recent' else 'lapsed' end, ', ',
            case when fits.clusters['centres'][numbered.centre_no][2] > 0 then 'frequent' else 'rare' end, ', ',
            case when fits.clusters['centres'][numbered.centre_no][3] > 0 then 'high spend' else 'low spend' end
        ) as cluster_label
    from work.buyer_cluster_fit as fits
    cross join numbered
)

select
    assigned.customer_no,
    labelled.cluster_id,
    labelled.cluster_label
from assigned
inner join labelled on assigned.centre_no = labelled.centre_no
