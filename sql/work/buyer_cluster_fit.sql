-- One row per company: k-means of the buyers; NULL below 20 of them.

select kmeans_fit(features order by net_sales, customer_no) as clusters
from work.buyer_feature
